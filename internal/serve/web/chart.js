// Charts as SVG: lines over x, bands, marks, arrows. Colours and sizes are of the style sheet.
import { short } from './tools.js';

const NS = 'http://www.w3.org/2000/svg';
function s(name, attributes = {}, text) {
  const e = document.createElementNS(NS, name);
  for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
  if (text !== undefined) e.textContent = text;
  return e;
}

function range(lists, log) {
  let lo = Infinity, hi = -Infinity;
  for (const list of lists) for (const v of list || []) {
    if (v == null || !Number.isFinite(v) || (log && v <= 0)) continue;
    if (v < lo) lo = v;
    if (v > hi) hi = v;
  }
  if (lo > hi) return [log ? 0.1 : 0, 1];
  if (lo === hi) return log ? [lo / 2, hi * 2] : [lo - (Math.abs(lo) || 1) / 2, hi + (Math.abs(hi) || 1) / 2];
  return [lo, hi];
}

function ticks(lo, hi, n) {
  const raw = (hi - lo) / n, p = 10 ** Math.floor(Math.log10(raw)), step = [1, 2, 5, 10].map((m) => m * p).find((d) => d >= raw);
  const out = [];
  for (let v = Math.ceil(lo / step) * step; v <= hi + step * 1e-9; v += step) out.push(Math.abs(v) < step * 1e-9 ? 0 : v);
  return out;
}

function logTicks(lo, hi) {
  const out = [];
  for (let k = Math.ceil(Math.log10(lo) - 1e-9); k <= Math.log10(hi) + 1e-9; k++) out.push(10 ** k);
  const every = Math.ceil(out.length / 6);
  return out.length < 2 ? [lo, hi] : out.filter((_, i) => i % every === 0);
}

// chart draws {title, x, y, log, lines: [{x, y, k, name, marks}], bands: [{x, lo, hi, k}],
// arrows, now, xRange, yRange, square} and returns an SVG element.
export function chart(c) {
  const W = 720, H = c.square ? 520 : 250, left = 62, right = 14, top = 26, bottom = 36;
  const xs = c.xRange || range((c.lines || []).map((l) => l.x).concat((c.bands || []).map((b) => b.x)));
  let ys = c.yRange || range((c.lines || []).map((l) => l.y).concat((c.bands || []).flatMap((b) => [b.lo, b.hi])), c.log);
  if (!c.log && !c.yRange) { const m = (ys[1] - ys[0]) * 0.05; ys = [ys[0] - m, ys[1] + m]; }
  const px = (v) => left + (v - xs[0]) / (xs[1] - xs[0]) * (W - left - right);
  const f = c.log ? Math.log10 : (v) => v;
  const py = (v) => H - bottom - (f(v) - f(ys[0])) / (f(ys[1]) - f(ys[0])) * (H - top - bottom);
  const svg = s('svg', { viewBox: `0 0 ${W} ${H}`, role: 'img', class: c.square ? 'square' : 'flat', 'aria-label': c.title || 'chart' });
  svg.append(s('text', { class: 'title', x: left, y: 16 }, c.title || ''));
  for (const v of c.log ? logTicks(...ys) : ticks(ys[0], ys[1], 4)) {
    svg.append(s('path', { class: 'axis', d: `M${left} ${py(v).toFixed(1)}H${W - right}` }), s('text', { x: left - 6, y: py(v) + 4, 'text-anchor': 'end' }, short(v)));
  }
  for (const v of ticks(xs[0], xs[1], 7)) svg.append(s('text', { x: px(v), y: H - bottom + 17, 'text-anchor': 'middle' }, short(v)));
  if (c.x) svg.append(s('text', { x: W - right, y: H - 4, 'text-anchor': 'end' }, c.x));
  const clip = 'c' + Math.random().toString(36).slice(2), cut = s('clipPath', { id: clip });
  cut.append(s('rect', { x: left, y: top - 4, width: W - left - right, height: H - top - bottom + 8 }));
  const g = s('g', { 'clip-path': `url(#${clip})` });
  svg.append(cut, g);
  if (c.now != null) g.append(s('path', { class: 'now', d: `M${px(c.now)} ${top}V${H - bottom}` }));
  for (const b of c.bands || []) {
    let up = '', down = '';
    for (let i = 0; i < b.x.length; i++) {
      if (b.lo[i] == null || b.hi[i] == null) continue;
      up += `${up ? 'L' : 'M'}${px(b.x[i]).toFixed(1)} ${py(b.hi[i]).toFixed(1)}`;
      down = `L${px(b.x[i]).toFixed(1)} ${py(b.lo[i]).toFixed(1)}` + down;
    }
    if (up) g.append(s('path', { class: `band f${b.k % 6}`, d: up + down + 'Z' }));
  }
  if (c.arrows) g.append(arrows(c.arrows, px, py));
  for (const l of c.lines || []) {
    if (l.marks) {
      for (let i = 0; i < l.x.length; i++) if (l.y[i] != null && l.x[i] != null) g.append(s('circle', { class: `mark k${l.k % 6}`, cx: px(l.x[i]).toFixed(1), cy: py(l.y[i]).toFixed(1), r: 2.6 }));
      continue;
    }
    let d = '', pen = false;
    for (let i = 0; i < l.x.length; i++) {
      const y = l.y[i];
      if (y == null || l.x[i] == null || !Number.isFinite(y) || (c.log && y <= 0)) { pen = false; continue; }
      d += `${pen ? 'L' : 'M'}${px(l.x[i]).toFixed(1)} ${py(y).toFixed(1)}`;
      pen = true;
    }
    g.append(s('path', { class: `curve k${l.k % 6}`, d }));
  }
  return svg;
}

// arrows of equal length that show the direction of a vector field.
function arrows(a, px, py) {
  const n = a.x.length, size = 0.72 * Math.min(Math.abs(px(a.x[1]) - px(a.x[0])), Math.abs(py(a.y[1]) - py(a.y[0])));
  let d = '';
  for (let j = 0; j < a.y.length; j++) for (let i = 0; i < n; i++) {
    const u = a.dx[j * n + i], v = a.dy[j * n + i];
    if (u == null || v == null) continue;
    let dx = px(a.x[0] + u) - px(a.x[0]), dy = py(a.y[0] + v) - py(a.y[0]);
    const r = Math.hypot(dx, dy);
    if (!(r > 0)) continue;
    dx *= size / r; dy *= size / r;
    const x = px(a.x[i]), y = py(a.y[j]), tx = x + dx / 2, ty = y + dy / 2;
    d += `M${(x - dx / 2).toFixed(1)} ${(y - dy / 2).toFixed(1)}L${tx.toFixed(1)} ${ty.toFixed(1)}` +
      `M${(tx - dx * 0.3 - dy * 0.18).toFixed(1)} ${(ty - dy * 0.3 + dx * 0.18).toFixed(1)}L${tx.toFixed(1)} ${ty.toFixed(1)}L${(tx - dx * 0.3 + dy * 0.18).toFixed(1)} ${(ty - dy * 0.3 - dx * 0.18).toFixed(1)}`;
  }
  return s('path', { class: 'arrow', d });
}

// legend names lines in their colours.
export function legend(names) {
  const ul = document.createElement('ul');
  ul.className = 'legend';
  for (const [k, name] of names) {
    const li = document.createElement('li'), i = document.createElement('i');
    i.className = `b${k % 6}`;
    li.append(i, name);
    ul.append(li);
  }
  return ul;
}
