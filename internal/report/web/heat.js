// A heat map: one hue, the denser the larger the value, on a logarithmic scale
// if its colour axis (the right one) is, with contour lines. z[j * x.length + i]
// belongs to (x[i], y[j]); null: there is no value.

const shades = 28;

draw.heat = (l, g, f) => {
  const nx = l.x.length, edgesX = edges(l.x), edgesY = edges(l.y);
  const [lo, hi] = f.y2.domain, level = scaled(f.y2);
  const rects = Array.from({ length: shades + 1 }, () => '');
  l.y.forEach((_, j) => {
    for (let i = 0; i < nx;) {
      const s = shade(l.z[j * nx + i], level), from = i;
      while (i < nx && shade(l.z[j * nx + i], level) === s) i++;
      if (s < 0) continue;
      const a = px(f.x(edgesX[from])), b = px(f.x(edgesX[i])), c = px(f.y(edgesY[j])), d = px(f.y(edgesY[j + 1]));
      rects[s] += `M${a} ${c}H${b}V${d}H${a}Z`;
    }
  });
  rects.forEach((d, s) => d && el('path', { class: 'heat', d, 'fill-opacity': opacity(s) }, g));
  for (const t of contourLevels(lo, hi)) el('path', { class: 'contour', d: contour(l, t, f) }, g);
  bar(f);
};

// scaled maps a value to 0 … 1 along the colour axis.
function scaled(y2) {
  const [lo, hi] = y2.domain, a = y2(lo), b = y2(hi);
  return v => Math.max(0, Math.min(1, v > 0 || lo <= 0 ? (y2(v) - a) / (b - a) : 0));
}

const shade = (v, level) => has(v) ? Math.round(level(v) * shades) : -1;
const opacity = s => (0.04 + 0.9 * s / shades).toFixed(3);

// edges are the borders of cells around ascending places.
function edges(v) {
  const n = v.length, half = n > 1 ? (v[1] - v[0]) / 2 : 0.5;
  return v.map(x => x - half).concat(v[n - 1] + half);
}

// contourLevels are 1, 2 and 5 times powers of ten where the colours are
// logarithmic and span more than a decade, else a dozen values.
function contourLevels(lo, hi) {
  if (!(lo > 0 && hi / lo > 10)) return Array.from({ length: 12 }, (_, i) => lo + (hi - lo) * (i + 0.5) / 12);
  const levels = [], parts = hi / lo > 1e5 ? [1] : [1, 2, 5];
  for (let e = Math.floor(Math.log10(lo)); 10 ** e <= hi; e++) levels.push(...parts.map(m => m * 10 ** e));
  return levels.filter(t => t > lo && t < hi);
}

// contour is where z crosses t, by marching squares; each cell of four points
// gives a piece or two.
function contour(l, t, f) {
  const nx = l.x.length, ny = l.y.length;
  const z = (i, j) => l.z[j * nx + i];
  const cross = (i, j, k, m) => {
    const a = z(i, j), b = z(k, m), w = (t - a) / (b - a);
    return px(f.x(l.x[i] + w * (l.x[k] - l.x[i]))) + ' ' + px(f.y(l.y[j] + w * (l.y[m] - l.y[j])));
  };
  let d = '';
  for (let j = 0; j + 1 < ny; j++) for (let i = 0; i + 1 < nx; i++) {
    const ring = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]];
    if (!ring.every(p => has(z(...p)))) continue;
    const cuts = [];
    ring.forEach((p, k) => {
      const q = ring[(k + 1) % 4];
      if (z(...p) < t !== z(...q) < t) cuts.push(cross(...p, ...q));
    });
    for (let k = 0; k + 1 < cuts.length; k += 2) d += 'M' + cuts[k] + 'L' + cuts[k + 1];
  }
  return d;
}

// bar shows the colours beside the colour axis.
function bar(f) {
  const g = el('g', { class: 'layer fit' }, f.free), n = shades + 1, h = (f.bottom - f.top) / n;
  for (let s = 0; s < n; s++) {
    el('rect', { class: 'heat', x: f.right + 1, y: px(f.bottom - (s + 1) * h), width: 5, height: px(h + 0.3), 'fill-opacity': opacity(s) }, g);
  }
}

// nearestCell is the place of a heat map nearest to a pixel.
function nearestCell(chart, a, b) {
  const l = chart.spec.layers.find(l => l.kind === 'heat'), f = chart.f;
  if (!l || a < f.left || a > f.right || b < f.top || b > f.bottom) return null;
  const near = (v, at) => v.reduce((best, x, i) => Math.abs(x - at) < Math.abs(v[best] - at) ? i : best, 0);
  const i = near(l.x, f.x.invert(a)), j = near(l.y, f.y.invert(b)), z = l.z[j * l.x.length + i];
  return { layer: { name: chart.spec.y2.label + ' ' + (has(z) ? readable(z) : 'diverged') }, x: l.x[i], y: l.y[j] };
}
