// The cursor reads values off a chart, by pointer or by keys; charts of one
// sync group move together. Dragging zooms in x, a double click resets.

// readings are the named values of a spec at x; points count that are near by the width that is seen.
function readings(spec, x, width) {
  const out = [];
  for (const l of spec.layers) {
    if (!l.name || !['line', 'step', 'points', 'band', 'bars'].includes(l.kind)) continue;
    const i = before(l.x, x);
    let text;
    if (l.kind === 'points' || l.kind === 'bars') {
      const n = nearest(l, x, i), reach = width / 80;
      if (n < 0 || Math.abs(l.x[n] - x) > (l.kind === 'bars' ? l.size : reach)) continue;
      text = readable(l.y[n]);
    } else {
      if (i < 0 || i >= l.x.length || !has(l.y[i])) continue;
      if (i === l.x.length - 1 && x > l.x[i]) continue;
      const j = Math.min(i + 1, l.x.length - 1);
      const w = l.kind === 'step' || i === j || !has(l.y[j]) ? 0 : (x - l.x[i]) / (l.x[j] - l.x[i]);
      const at = v => readable(spec.y.log && l.kind === 'line' ? v[i] ** (1 - w) * v[j] ** w : v[i] + w * (v[j] - v[i]));
      text = l.kind === 'band' ? at(l.y) + ' … ' + at(l.y1) : at(l.y);
    }
    out.push({ layer: l, text });
  }
  return out;
}

// before is the last index with xs ≤ x, −1 if none; xs ascends.
function before(xs, x) {
  let a = -1, b = xs.length;
  while (b - a > 1) {
    const m = (a + b) >> 1;
    if (xs[m] <= x) a = m; else b = m;
  }
  return a;
}

function nearest(l, x, i) {
  let best = -1, distance = Infinity;
  for (let j = Math.max(0, i - 2); j <= Math.min(l.x.length - 1, i + 3); j++) {
    if (has(l.y[j]) && Math.abs(l.x[j] - x) < distance) { best = j; distance = Math.abs(l.x[j] - x); }
  }
  return best;
}

// nearestInPlane is the closest vertex of a line or point layer within reach.
function nearestInPlane(chart, a, b) {
  let best = null, distance = 24;
  for (const l of chart.spec.layers) {
    if (l.kind !== 'points' && l.kind !== 'line') continue;
    l.x.forEach((v, i) => {
      if (!has(v) || !has(l.y[i])) return;
      const d = Math.hypot(chart.f.x(v) - a, chart.f.y(l.y[i]) - b) * (l.kind === 'points' ? 0.6 : 1);
      if (d < distance) { distance = d; best = { layer: l, x: v, y: l.y[i] }; }
    });
  }
  return best;
}

function show(chart, x) {
  hide(chart);
  const { f, spec } = chart;
  const a = f.x(x);
  if (!(a >= f.left - 0.5 && a <= f.right + 0.5)) return;
  chart.cursor = el('path', { class: 'cursor', d: `M${px(a)} ${f.top}V${f.bottom}` }, f.svg);
  const head = spec.x.date ? dated(spec.x.date, x) :
    (spec.x.label || 'x') + ' ' + readable(spec.x.whole ? Math.round(x) : x) + (spec.x.unit ? ' ' + spec.x.unit : '');
  tip(chart, a, f.top, head, readings(spec, x, f.x.domain[1] - f.x.domain[0]));
}

function showInPlane(chart, a, b) {
  hide(chart);
  const { f, spec } = chart;
  const n = nearestInPlane(chart, a, b) || nearestCell(chart, a, b);
  if (!n) return;
  chart.cursor = el('circle', { class: 'cursor', cx: px(f.x(n.x)), cy: px(f.y(n.y)), r: 6 }, f.svg);
  tip(chart, f.x(n.x), f.y(n.y) - 20, n.layer.name, [
    { text: place(spec.x, n.x) }, { text: spec.y.label + ' ' + readable(n.y) }]);
}

// place is a value of an axis in words.
function place(axis, v) {
  if (!axis.ticks) return axis.label + ' ' + readable(v);
  const near = axis.ticks.reduce((a, b) => Math.abs(b.v - v) < Math.abs(a.v - v) ? b : a);
  return (axis.label ? axis.label + ' ' : '') + near.text;
}

function hide(chart) {
  chart.cursor?.remove();
  chart.tip.hidden = true;
}

function tip(chart, a, top, head, rows) {
  const t = chart.tip;
  t.textContent = '';
  const title = document.createElement('b');
  title.textContent = head;
  t.append(title);
  for (const r of rows) {
    const line = document.createElement('div');
    if (r.layer) line.append(key(r.layer));
    const value = document.createElement('span');
    value.textContent = r.text;
    line.append(value);
    if (r.layer) line.append(' ' + r.layer.name);
    t.append(line);
  }
  t.hidden = false;
  const left = a + 14 + t.offsetWidth < chart.f.right ? a + 14 : Math.max(0, a - 14 - t.offsetWidth);
  t.style.left = left + 'px';
  t.style.top = Math.max(0, top) + 'px';
}

// attach wires pointer and keys of a chart; group is every chart that moves
// with it, itself included.
function attach(chart, group) {
  const box = chart.box;
  let from = null, brush = null, at = null;
  const place = e => {
    const r = chart.f.svg.getBoundingClientRect();
    return [(e.clientX - r.left) * chart.f.width / r.width, (e.clientY - r.top) * chart.f.height / r.height];
  };
  const limit = a => Math.max(chart.f.left, Math.min(chart.f.right, a));
  const move = x => { at = x; (chart.spec.small ? [chart] : group()).forEach(c => show(c, x)); };
  box.addEventListener('pointermove', e => {
    const [a, b] = place(e);
    if (chart.spec.plane) return showInPlane(chart, a, b);
    if (from !== null && Math.abs(a - from) > 4) {
      brush = brush || el('rect', { class: 'brush', y: chart.f.top, height: chart.f.bottom - chart.f.top }, chart.f.svg);
      brush.setAttribute('x', Math.min(from, limit(a)));
      brush.setAttribute('width', Math.abs(limit(a) - from));
    }
    move(chart.f.x.invert(limit(a)));
  });
  box.addEventListener('pointerdown', e => {
    if (e.pointerType === 'mouse' && e.button === 0 && !chart.spec.plane) { from = limit(place(e)[0]); e.preventDefault(); box.focus({ preventScroll: true }); }
  });
  const release = e => {
    if (from !== null && brush) {
      const to = limit(place(e)[0]), range = [from, to].map(chart.f.x.invert).sort((a, b) => a - b);
      if (Math.abs(to - from) > 8) group().forEach(c => { c.view = range; redraw(c); });
    }
    brush?.remove();
    from = brush = null;
  };
  window.addEventListener('pointerup', release);
  box.addEventListener('pointerleave', () => { if (from === null) group().forEach(hide); });
  box.addEventListener('dblclick', () => group().forEach(c => { c.view = null; redraw(c); }));
  box.addEventListener('blur', () => group().forEach(hide));
  box.addEventListener('keydown', e => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[e.key];
    if (e.key === 'Escape') { group().forEach(c => { hide(c); if (c.view) { c.view = null; redraw(c); } }); at = null; }
    if (!step || chart.spec.plane) return;
    e.preventDefault();
    const [lo, hi] = chart.f.x.domain;
    move(at === null ? (lo + hi) / 2 : Math.max(lo, Math.min(hi, at + step * (hi - lo) / (e.shiftKey ? 12 : 120))));
  });
}
