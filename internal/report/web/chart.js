// drawChart draws a spec (see chart.go) into a box. view may hold a zoomed x
// domain. It returns the frame: scales and edges, for the cursor.

let clips = 0;

function drawChart(box, spec, view) {
  const width = Math.max(180, box.clientWidth || 640);
  const height = spec.height || Math.min(560, Math.max(300, Math.round(width * 0.86)));
  const f = frame(spec, width, height, view);
  box.querySelector('svg')?.remove();
  const svg = el('svg', { viewBox: `0 0 ${width} ${height}`, width, height, 'aria-hidden': 'true', focusable: 'false' });
  box.prepend(svg);
  axes(svg, spec, f);
  const clip = 'clip' + ++clips;
  el('rect', { x: f.left - 4, y: f.top - 4, width: f.right - f.left + 8, height: f.bottom - f.top + 8 },
    el('clipPath', { id: clip }, el('defs', {}, svg)));
  const plot = el('g', { 'clip-path': `url(#${clip})` }, svg);
  f.free = el('g', {}, svg);
  for (const l of spec.layers) {
    const g = el('g', { class: 'layer ' + l.color }, plot);
    draw[l.kind](fill(l), g, l.right ? { ...f, y: f.y2 } : f);
  }
  f.svg = svg;
  return f;
}

function fill(l) {
  for (const k of ['x', 'y', 'y1', 'dx', 'dy']) l[k] = l[k] || [];
  return l;
}

function frame(spec, width, height, view) {
  const named = spec.y.label || spec.y2, noted = spec.layers.some(l => l.kind === 'rule' && l.label);
  const f = { left: 52, right: width - (spec.y2 ? 46 : 12), top: 10 + (named ? 20 : 0) + (noted ? 12 : 0), bottom: height - (spec.x.label && !spec.x.bare ? 44 : 26), width, height, notes: [] };
  if (spec.small) Object.assign(f, { left: 38, right: width - 6, top: 8, bottom: height - 22 });
  const [lo, hi] = view || [spec.x.min, spec.x.max];
  f.x = spec.x.date ? calendar(spec.x.date, lo, hi, f.left, f.right) : (spec.x.log ? logarithmic : linear)(lo, hi, f.left, f.right);
  f.y = (spec.y.log ? logarithmic : linear)(spec.y.min, spec.y.max, f.bottom, f.top);
  f.y2 = spec.y2 && (spec.y2.log ? logarithmic : linear)(spec.y2.min, spec.y2.max, f.bottom, f.top);
  return f;
}

function axes(svg, spec, f) {
  const g = el('g', { class: 'axes' }, svg);
  const room = f.right - f.left;
  for (const t of f.y.ticks(Math.max(2, Math.round((f.bottom - f.top) / 46)), spec.y.whole)) {
    if (!spec.layers.some(l => l.kind === 'arrows')) el('path', { class: 'grid', d: `M${f.left} ${px(f.y(t.v))}H${f.right}` }, g);
    else el('path', { class: 'base', d: `M${f.left} ${px(f.y(t.v))}h-4` }, g);
    el('text', { x: f.left - 8, y: px(f.y(t.v) + 3.8), 'text-anchor': 'end' }, g, t.text);
  }
  if (f.y2) for (const t of f.y2.ticks(4)) {
    el('text', { x: f.right + 8, y: px(f.y2(t.v) + 3.8) }, g, t.text);
  }
  el('path', { class: 'base', d: `M${f.left} ${f.bottom}H${f.right}` }, g);
  for (const t of spec.x.ticks || f.x.ticks(Math.max(spec.small ? 2 : 3, Math.round(room / 90)), spec.x.whole)) {
    const a = f.x(t.v);
    el('path', { class: 'base', d: `M${px(a)} ${f.bottom}v4` }, g);
    el('text', { x: px(a), y: f.bottom + 17, 'text-anchor': a + 3.4 * t.text.length > f.width + 4 ? 'end' : 'middle' }, g, t.text);
  }
  if (spec.x.label && !spec.x.bare) axisName(g, spec.x, f.right, f.height - 5, 'end');
  if (spec.y.label) axisName(g, spec.y, 2, 14, 'start');
  if (spec.y2 && spec.y2.label) axisName(g, spec.y2, f.width - 2, 14, 'end');
}

function axisName(g, axis, x, y, anchor) {
  const text = el('text', { class: 'axisname', x, y, 'text-anchor': anchor }, g);
  el('tspan', {}, text, axis.label);
  if (axis.unit) el('tspan', { class: 'unit' }, text, ' (' + axis.unit + ')');
}

// legend lists the named layers of a spec.
function legend(list, spec) {
  list.textContent = '';
  const seen = new Set();
  const order = ['points', 'rug', 'line', 'band'];
  const place = l => (order.indexOf(l.kind) + order.length + 1) % (order.length + 1);
  const layers = [...spec.layers].sort((a, b) => place(a) - place(b));
  for (const l of layers) {
    if (!l.name || !l.x.length || seen.has(l.name)) continue;
    seen.add(l.name);
    const item = document.createElement('li');
    item.append(key(l), l.name);
    list.append(item);
  }
}

// key is the small picture of a layer in a legend.
function key(l) {
  const svg = el('svg', { class: 'key layer ' + l.color, viewBox: '0 0 22 12', width: 22, height: 12, 'aria-hidden': 'true' });
  const shapes = {
    line: () => el('path', { class: 'line' + (l.dash ? ' dash' : '') + (l.thin ? ' fine' : ''), d: 'M1 6H21' }, svg),
    step: () => el('path', { class: 'line thin', d: 'M1 3H8V6H15V10H21' }, svg),
    band: () => el('rect', { class: 'band', x: 1, y: 1, width: 20, height: 10, rx: 2 }, svg),
    tiles: () => el('rect', { class: 'tiles', x: 5, y: 0, width: 12, height: 12 }, svg),
    bars: () => el('path', { class: 'bars', d: 'M3 12V6H8V12ZM9 12V1H14V12ZM15 12V4H20V12Z' }, svg),
    rug: () => el('path', { class: 'rug', d: 'M4 11V2M10 11V2M14 11V2M19 11V2' }, svg),
    arrows: () => el('path', { class: 'arrows', d: 'M2 6H19M15 3L19 6L15 9' }, svg),
    points: () => {
      el('path', { class: 'dots' + (l.faint ? ' faint' : ''), d: 'M11 6h0', 'stroke-width': 7 }, svg);
      if (l.hollow) el('path', { class: 'dots hole', d: 'M11 6h0', 'stroke-width': 4 }, svg);
    },
  };
  (shapes[l.kind] || (() => {}))();
  return svg;
}
