// Every chart can be taken away: as SVG or PNG as it is drawn now, or as the numbers in it.

const looks = ['fill', 'fill-opacity', 'stroke', 'stroke-width', 'stroke-opacity', 'stroke-dasharray', 'stroke-linecap',
  'stroke-linejoin', 'font-family', 'font-size', 'font-weight', 'paint-order', 'shape-rendering'];

// dressed is a copy of an SVG element that carries its looks itself.
function dressed(e) {
  const c = e.cloneNode(false);
  if (e.nodeType !== 1) return c;
  const style = getComputedStyle(e);
  for (const k of looks) if (style.getPropertyValue(k)) c.setAttribute(k, style.getPropertyValue(k));
  for (const child of e.childNodes) c.append(dressed(child));
  return c;
}

// picture is a chart with its title and legend as one SVG of its own.
function picture(figure, chart) {
  const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const { width, height } = chart.f;
  // Entries of the legend stand in as many lines as they need.
  const entries = [...figure.querySelectorAll('.legend li')];
  const places = [];
  let x = 12, line = 0;
  for (const item of entries) {
    const wide = 44 + 6.4 * item.textContent.length;
    if (x > 12 && x + wide > width + 12) { x = 12; line++; }
    places.push([x, 28 + 18 * line]);
    x += wide;
  }
  const head = (entries.length ? 46 : 28) + 18 * line;
  const svg = el('svg', { xmlns: namespace, viewBox: `0 0 ${width + 24} ${height + head + 12}`, width: width + 24, height: height + head + 12 });
  el('rect', { width: width + 24, height: height + head + 12, fill: colour('--sheet') || 'white' }, svg);
  const font = getComputedStyle(document.body).fontFamily;
  el('text', { x: 12, y: 20, 'font-family': font, 'font-size': 14, 'font-weight': 600, fill: colour('--ink') }, svg, figure.querySelector('.name').textContent);
  entries.forEach((item, i) => {
    const key = dressed(item.querySelector('svg')), [left, top] = places[i];
    key.setAttribute('x', left);
    key.setAttribute('y', top);
    svg.append(key);
    el('text', { x: left + 28, y: top + 10, 'font-family': font, 'font-size': 12, fill: colour('--muted') }, svg, item.textContent);
  });
  const plot = dressed(chart.f.svg);
  plot.setAttribute('x', 12);
  plot.setAttribute('y', head);
  for (const left of plot.querySelectorAll('.cursor, .brush')) left.remove();
  svg.append(plot);
  return svg;
}

// numbers are the layers of a chart as CSV, a row a point; heat maps have a row a cell.
function numbers(spec) {
  const quoted = s => /[",\n]/.test(s) ? '"' + s.replaceAll('"', '""') + '"' : s;
  const say = v => has(v) ? String(v) : '';
  const when = v => spec.x.date && has(v) ? dated(spec.x.date, v) : say(v);
  const rows = [['layer', spec.x.label || 'x', spec.y.label || spec.title || 'y', 'to', 'value'].map(quoted).join(',')];
  for (const l of spec.layers) {
    const name = quoted(l.name || l.label || l.kind);
    if (l.kind === 'heat') l.y.forEach((y, j) => l.x.forEach((x, i) => rows.push([name, say(x), say(y), '', say(l.z[j * l.x.length + i])].join(','))));
    else for (let i = 0; i < Math.max(l.x.length, l.y.length); i++) rows.push([name, when(l.x[i]), say(l.y[i]), say(l.y1[i]), ''].join(','));
  }
  return rows.join('\n') + '\n';
}

function hand(name, url) {
  const a = document.createElement('a');
  a.setAttribute('href', url);
  a.download = name;
  a.click();
}

const file = (type, text) => URL.createObjectURL(new Blob([text], { type }));

const ways = {
  SVG: (name, figure, chart) => hand(name + '.svg', file('image/svg+xml', new XMLSerializer().serializeToString(picture(figure, chart)))),
  CSV: (name, figure, chart) => hand(name + '.csv', file('text/csv', numbers(chart.spec))),
  PNG: (name, figure, chart) => {
    const svg = picture(figure, chart), scale = 3, image = new Image();
    image.onload = () => {
      const canvas = document.createElement('canvas');
      canvas.width = scale * svg.getAttribute('width');
      canvas.height = scale * svg.getAttribute('height');
      canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
      canvas.toBlob(b => hand(name + '.png', URL.createObjectURL(b)));
    };
    image.setAttribute('src', 'data:image/svg+xml;charset=utf-8,' + encodeURIComponent(new XMLSerializer().serializeToString(svg)));
  },
};

// offer puts the ways to take a chart away beside its title.
function offer(figure, chart) {
  const box = document.createElement('span');
  box.className = 'save';
  const title = figure.querySelector('.name').textContent;
  for (const way in ways) {
    const b = document.createElement('button');
    b.type = 'button';
    b.textContent = way;
    b.title = `save this chart as ${way}`;
    b.setAttribute('aria-label', `save ${title} as ${way}`);
    b.addEventListener('click', () => chart.f && ways[way](title.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '') || 'chart', figure, chart));
    box.append(b);
  }
  figure.querySelector('figcaption').append(box);
}
