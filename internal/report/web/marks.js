// Marks turn layers into SVG elements.

const namespace = (() => {
  const d = document.createElement('div');
  d.innerHTML = '<svg></svg>';
  return d.firstChild.namespaceURI;
})();

function el(name, attributes, parent, text) {
  const e = document.createElementNS(namespace, name);
  for (const k in attributes) e.setAttribute(k, attributes[k]);
  if (text !== undefined) e.textContent = text;
  if (parent) parent.appendChild(e);
  return e;
}

const has = v => v !== null && v !== undefined && isFinite(v);
const px = v => Math.max(-1e5, Math.min(1e5, v)).toFixed(1);

// curve joins points; a missing value begins a new piece.
function curve(xs, ys, x, y, step) {
  let d = '', open = false;
  for (let i = 0; i < xs.length; i++) {
    const a = has(xs[i]) ? x(xs[i]) : NaN, b = has(ys[i]) ? y(ys[i]) : NaN;
    if (isNaN(a) || isNaN(b)) { open = false; continue; }
    if (!open) d += 'M' + px(a) + ' ' + px(b);
    else d += step ? 'H' + px(a) + 'V' + px(b) : 'L' + px(a) + ' ' + px(b);
    open = true;
  }
  return d;
}

function area(l, x, y) {
  let d = '';
  for (let i = 0; i < l.x.length;) {
    const from = i;
    while (i < l.x.length && has(l.x[i]) && has(l.y[i]) && has(l.y1[i])) i++;
    if (i > from) {
      const up = [], down = [];
      for (let j = from; j < i; j++) {
        up.push(px(x(l.x[j])) + ' ' + px(y(l.y1[j])));
        down.unshift(px(x(l.x[j])) + ' ' + px(y(l.y[j])));
      }
      d += 'M' + up.join('L') + 'L' + down.join('L') + 'Z';
    }
    i++;
  }
  return d;
}

function dots(l, x, y) {
  let d = '';
  for (let i = 0; i < l.x.length; i++) {
    if (has(l.x[i]) && has(l.y[i])) d += 'M' + px(x(l.x[i])) + ' ' + px(y(l.y[i])) + 'h0';
  }
  return d;
}

const draw = {
  line: (l, g, f) => el('path', { class: 'line' + (l.dash ? ' dash' : '') + (l.thin ? ' fine' : ''), d: curve(l.x, l.y, f.x, f.y) }, g),
  step: (l, g, f) => {
    const d = curve(l.x, l.y, f.x, f.y, true), last = l.x.length - 1;
    if (last > 0 && l.y.every(has)) el('path', { class: 'under', d: d + `V${f.bottom}H${px(f.x(l.x[0]))}Z` }, g);
    el('path', { class: 'line thin', d }, g);
  },
  band: (l, g, f) => el('path', { class: 'band', d: area(l, f.x, f.y) }, g),
  tiles: (l, g, f) => el('path', { class: 'tiles', d: area(l, f.x, f.y) }, g),
  errors: (l, g, f) => {
    let d = '';
    l.x.forEach((v, i) => {
      if (!has(v) || !has(l.y[i]) || !has(l.y1[i]) || l.y[i] === l.y1[i]) return;
      const a = f.x(v), lo = px(f.y(l.y[i])), hi = px(f.y(l.y1[i]));
      d += `M${px(a)} ${lo}V${hi}M${px(a - 4)} ${lo}h8M${px(a - 4)} ${hi}h8`;
    });
    el('path', { class: 'errors', d }, g);
  },
  points: (l, g, f) => {
    const d = dots(l, f.x, f.y), size = l.size || 5;
    if (l.faint) return el('path', { class: 'dots faint', d, 'stroke-width': size }, g);
    el('path', { class: 'dots rim', d, 'stroke-width': size + 2 }, g);
    el('path', { class: 'dots', d, 'stroke-width': size }, g);
    if (l.hollow) el('path', { class: 'dots hole', d, 'stroke-width': size - 2.6 }, g);
  },
  bars: (l, g, f) => {
    const zero = f.y(Math.max(0, f.y.domain[0]));
    let d = '';
    l.x.forEach((c, i) => {
      if (!has(c) || !has(l.y[i])) return;
      const a = f.x(c - l.size / 2) + 0.5, b = f.x(c + l.size / 2) - 0.5;
      d += `M${px(a)} ${px(zero)}V${px(f.y(l.y[i]))}H${px(Math.max(b, a + 0.5))}V${px(zero)}Z`;
    });
    el('path', { class: 'bars', d }, g);
  },
  shade: (l, g, f) => {
    const a = f.x(l.x[0]), b = f.x(l.x[1]);
    el('rect', { class: 'shade', x: px(a), y: f.top, width: px(Math.max(0, b - a)), height: f.bottom - f.top }, g);
  },
  rule: (l, g, f) => l.x.filter(has).forEach(v => {
    const a = f.x(v);
    if (a < f.left - 1 || a > f.right + 1) return;
    if (a > f.left + 1) el('path', { class: 'rule' + (l.dash ? ' dash' : ''), d: `M${px(a)} ${f.top}V${f.bottom}` }, g);
    if (l.label) note(l.label, a, f);
  }),
  level: (l, g, f) => l.y.forEach(v => el('path', { class: 'level', d: `M${f.left} ${px(f.y(v))}H${f.right}` }, g)),
  rug: (l, g, f) => el('path', { class: 'rug', d: l.x.filter(has).map(v => `M${px(f.x(v))} ${f.bottom}v-9`).join('') }, g),
  mark: (l, g, f) => {
    const a = f.x(l.x[0]), b = f.y(l.y[0]);
    el('circle', { class: 'mark' + (l.hollow ? ' hollow' : ''), cx: px(a), cy: px(b), r: 5.5 }, g);
    if (l.label) {
      const left = a > (f.left + f.right) / 2;
      el('text', { class: 'marktext', x: px(a + (left ? -10 : 10)), y: px(b - 8), 'text-anchor': left ? 'end' : 'start' }, g, l.label);
    }
  },
  arrows,
};

// note writes a label above the plot where a rule begins, if there is room.
function note(text, a, f) {
  const width = 6.3 * text.length + 4;
  const end = a + width > f.width;
  const from = end ? a - width : a;
  if (f.notes.some(n => from < n[1] && from + width > n[0])) return;
  f.notes.push([from, from + width]);
  el('text', { class: 'note', x: px(end ? a + 1 : a - 1), y: f.top - 6, 'text-anchor': end ? 'end' : 'start' }, f.free, text);
}

// arrows have directions in pixels; their length grows with the root of the
// speed, and the fastest twentieth share the longest.
function arrows(l, g, f) {
  const along = l.y.every(v => v === l.y[0]) && l.dy.every(v => v === 0);
  const cell = along ? 28 : 0.86 * Math.sqrt((f.right - f.left) * (f.bottom - f.top) / l.x.length);
  const list = l.x.map((v, i) => ({
    x: f.x(v), y: f.y(l.y[i]),
    u: (f.x(l.x[i] + l.dx[i]) - f.x(l.x[i])), w: (f.y(l.y[i] + l.dy[i]) - f.y(l.y[i])),
  })).map(a => ({ ...a, speed: Math.hypot(a.u, a.w) })).filter(a => has(a.speed) && a.speed > 0);
  const sorted = list.map(a => a.speed).sort((a, b) => a - b);
  const fast = sorted[Math.floor(0.95 * (sorted.length - 1))] || 1;
  const groups = [[], [], [], []];
  for (const a of list) {
    const share = Math.sqrt(Math.min(1, a.speed / fast));
    const length = cell * (0.25 + 0.75 * share), u = a.u / a.speed * length / 2, w = a.w / a.speed * length / 2;
    const h = Math.min(4.5, 0.42 * length) / (length / 2), tipX = a.x + u, tipY = a.y + w;
    groups[Math.min(3, Math.floor(share * 4))].push(
      `M${px(a.x - u)} ${px(a.y - w)}L${px(tipX)} ${px(tipY)}` +
      `M${px(tipX - h * (u - 0.55 * w))} ${px(tipY - h * (w + 0.55 * u))}L${px(tipX)} ${px(tipY)}` +
      `L${px(tipX - h * (u + 0.55 * w))} ${px(tipY - h * (w - 0.55 * u))}`);
  }
  groups.forEach((d, i) => d.length && el('path', { class: 'arrows', d: d.join(''), opacity: along ? 1 : [0.4, 0.55, 0.72, 0.9][i] }, g));
}
