// One run: how training goes, what came out, the portrait, sliders, forecasts, the report.
import { el, ask, say, short, latest } from './tools.js';
import { chart, legend } from './chart.js';

const views = { overview, portrait, sliders, forecast, report };
let leave = () => {};

export async function showRun(main, run, view = 'overview') {
  leave();
  const at = `/runs/${encodeURIComponent(run)}`;
  const names = Object.keys(views);
  const tabs = el('nav', { class: 'tabs', 'aria-label': 'Views of the run' }, names.map((n) => el('a', { href: `#/run/${run}/${n}`, 'aria-current': n === view ? 'page' : null }, n)));
  const box = el('div');
  main.replaceChildren(el('h1', {}, `Run ${run}`), tabs, box);
  try { await (views[view] || overview)(box, at, run); } catch (e) { box.replaceChildren(el('p', { class: 'bad' }, e.message)); }
}

export function leaveRun() { leave(); leave = () => {}; }

// follow draws training while it goes on.
function follow(box, at, done) {
  const mse = { x: [], y: [], k: 0 }, held = { x: [], y: [], k: 1 }, lambda = { x: [], y: [], k: 2 };
  let n = 0, drawn = 0;
  const picture = el('div', { class: 'panel' }), log = el('div', { class: 'panel log', tabindex: 0, 'aria-label': 'what the fit says' });
  const stop = el('button', { onclick: async () => { stop.disabled = true; try { await ask('DELETE', `${at}/fit`); } catch (e) { say(e.message); } } }, 'Stop and save');
  box.replaceChildren(el('div', { class: 'row' }, el('p', {}, 'learning …'), stop), picture, log);
  const draw = () => {
    drawn = performance.now();
    const parts = [chart({ title: 'error of training', log: true, x: 'step', lines: [mse, held] }), legend([[0, 'mean squared error'], [1, 'held-out rows']])];
    if (lambda.x.length) parts.push(chart({ title: 'coupling λ', x: 'step', lines: [lambda] }));
    picture.replaceChildren(...parts);
  };
  const source = new EventSource(`/api/v1${at}/events`);
  source.addEventListener('metrics', (e) => {
    for (const m of JSON.parse(e.data)) {
      n++;
      if (m.mse != null) { mse.x.push(n); mse.y.push(m.mse); }
      if (m.heldout != null) { held.x.push(n); held.y.push(m.heldout); }
      if (m.lambda != null) { lambda.x.push(n); lambda.y.push(m.lambda); }
      if (m.text) log.append(el('div', {}, m.text));
    }
    if (performance.now() - drawn > 250) draw();
  });
  source.addEventListener('log', (e) => { log.append(el('div', { class: 'quiet' }, JSON.parse(e.data))); log.scrollTop = log.scrollHeight; });
  source.addEventListener('end', (e) => { source.close(); draw(); done(JSON.parse(e.data), log); });
  leave = () => source.close();
}

async function overview(box, at, run) {
  const res = await ask('GET', at);
  if (res.status === 'running') {
    follow(box, at, (end, log) => {
      if (end.status === 'none') { box.prepend(el('p', { class: 'bad' }, 'the fit ended without a result; what it said is below')); return; }
      say('the fit has ended');
      overview(box, at, run).catch((e) => say(e.message));
    });
    return;
  }
  if (res.status === 'unfinished') {
    box.replaceChildren(el('p', {}, 'This run is not finished. Go on with it on the command line: '), el('pre', {}, `entrain fit --resume ${run}`));
    return;
  }
  const figure = (name, v) => el('div', {}, el('div', { class: 'big' }, v), el('div', { class: 'quiet' }, name));
  const h = res.scores?.heldout, t = res.scores?.train, parts = [];
  const words = res.assessment?.compared?.text || res.error || '';
  if (words) parts.push(el('p', {}, words));
  parts.push(el('div', { class: 'figures' }, figure('status', res.status), figure('error held out (nrmse)', short(h?.nrmse)), figure('error trained on (nrmse)', short(t?.nrmse)), figure('seconds', short(res.seconds)), figure('model', res.model), figure('method', res.method)));
  for (const v of res.verdicts || []) parts.push(el('p', { class: 'bad' }, v.text));
  const m = await ask('GET', `${at}/model`).catch(() => null);
  if (m) parts.push(el('h2', {}, 'What was learnt'), el('div', { class: 'panel' }, el('pre', {}, m.equations)));
  if (res.parameters?.length) {
    parts.push(el('div', { class: 'wide' }, el('table', {}, el('thead', {}, el('tr', {}, el('th', {}, 'parameter'), el('th', { class: 'n' }, 'value'), el('th', { class: 'n' }, 'standard error'))),
      el('tbody', {}, res.parameters.map((p) => el('tr', {}, el('td', {}, p.name), el('td', { class: 'n' }, short(p.value)), el('td', { class: 'n' }, short(p.sd))))))));
  }
  parts.push(el('h2', {}, 'Files'), el('p', {}, Object.values(res.files || {}).map((f) => [el('a', { href: `/api/v1${at}/files/${f}` }, f), ' '])));
  box.replaceChildren(...parts);
}

const axisName = (m) => m.time + (m.time_unit ? ` [${m.time_unit}]` : '');
const pickState = (label, names, value, change) => {
  const s = el('select', { onchange: () => change(s.value) }, names.map((n) => el('option', { value: n, selected: n === value }, n)));
  return el('label', {}, label, el('br'), s);
};

async function portrait(box, at) {
  const m = await ask('GET', `${at}/model`);
  if (m.states.length < 2 || m.map) { box.replaceChildren(el('p', {}, m.map ? 'The model goes in steps: it has no vector field.' : 'A portrait needs two states; this model has one.')); return; }
  let [x, y] = m.states;
  const out = el('div', { class: 'panel' });
  const draw = latest(async () => {
    const r = m.recordings[0];
    const orbit = await ask('POST', `${at}/forecast`, { times: { from: r.from, to: r.to + (m.inputs.length ? 0 : (r.to - r.from) / 2), count: 600 } });
    const span = (v) => { const a = v.filter((z) => z != null); const lo = Math.min(...a), hi = Math.max(...a), p = (hi - lo || 1) * 0.12; return [lo - p, hi + p]; };
    const xRange = span(orbit.states[x]), yRange = span(orbit.states[y]);
    const field = await ask('POST', `${at}/field`, { x, y, x_range: xRange, y_range: yRange, side: 22 });
    out.replaceChildren(chart({ title: `${y} over ${x}`, x, square: true, xRange, yRange, arrows: field, lines: [{ x: orbit.states[x], y: orbit.states[y], k: 0 }] }));
  });
  box.replaceChildren(el('div', { class: 'row' }, pickState('across', m.states, x, (v) => { x = v; draw(); }), pickState('up', m.states, y, (v) => { y = v; draw(); })),
    el('p', { class: 'quiet' }, m.states.length > 2 ? 'The other states stay where the first row has them.' : 'Arrows show where the law leads; the curve is the fit and how it goes on.'), out);
  draw();
}

async function sliders(box, at) {
  const m = await ask('GET', `${at}/model`);
  const r = m.recordings[0];
  if (!r) { box.replaceChildren(el('p', {}, 'The model knows no recording to begin from.')); return; }
  const start = [...r.start], values = Object.fromEntries(m.parameters.map((p) => [p.name, p.value]));
  const first = [...start], firstValues = { ...values };
  let length = r.to - r.from, base;
  const out = el('div', { class: 'panel' }), panel = el('div', { class: 'panel' }), took = el('p', { class: 'quiet' });
  const draw = latest(async () => {
    const began = performance.now();
    const f = await ask('POST', `${at}/simulate`, { start, parameters: values, times: { from: r.from, to: r.from + length, count: 500 } });
    base ??= f;
    out.replaceChildren(legend([[5, 'as it was learnt'], [0, 'as the sliders stand']]), ...m.states.slice(0, 6).map((name) => chart({ title: name, x: axisName(m), lines: [{ x: base.t, y: base.states[name], k: 5 }, { x: f.t, y: f.states[name], k: 0 }] })));
    took.textContent = f.failed ? `it ends early: ${f.failed}` : `answered in ${Math.round(performance.now() - began)} ms`;
  });
  const slider = (name, value, lo, hi, set) => {
    const id = `s-${name}`, o = el('output', { for: id }, short(value));
    const i = el('input', { type: 'range', id, min: lo, max: hi, step: (hi - lo) / 400, value, oninput: () => { o.textContent = short(+i.value); set(+i.value); draw(); } });
    return el('div', { class: 'slide' }, el('label', { for: id }, name), o, i);
  };
  const fill = () => panel.replaceChildren(
    ...(m.parameters.length ? [el('h2', {}, 'Parameters')] : []),
    ...m.parameters.map((p) => {
      const w = Math.abs(p.value) || 1, inside = (v) => Math.min(p.max ?? Infinity, Math.max(p.min ?? -Infinity, v));
      const lo = inside(p.value - w), hi = inside(p.value + 2 * w), e = (hi - lo) * 1e-6;
      return slider(p.name, p.value, p.min != null ? lo + e : lo, p.max != null ? hi - e : hi, (v) => { values[p.name] = v; });
    }),
    el('h2', {}, 'Start'),
    ...m.states.map((n, i) => { const w = Math.abs(first[i]) || 1; return slider(`${n} at the start`, first[i], first[i] - 2 * w, first[i] + 2 * w, (v) => { start[i] = v; }); }),
    m.inputs.length ? null : slider('length', length, length / 10, length * 4, (v) => { length = v; }),
    el('button', { onclick: () => { start.splice(0, start.length, ...first); Object.assign(values, firstValues); length = r.to - r.from; fill(); draw(); } }, 'Back to what was learnt'), took);
  box.replaceChildren(el('div', { class: 'two' }, out, panel));
  fill();
  draw();
}

async function forecast(box, at) {
  const m = await ask('GET', `${at}/model`);
  if (!m.recordings.length) { box.replaceChildren(el('p', {}, 'The model knows no recording to go on from.')); return; }
  let r = m.recordings[0];
  const out = el('div', { class: 'panel' });
  const horizon = el('input', { type: 'number', min: 0, step: 'any', value: +((r.to - r.from) / 2).toPrecision(3), onchange: () => draw() });
  const planned = m.inputs.map((n) => [n, el('input', { type: 'number', step: 'any', value: 0, onchange: () => draw() })]);
  const draw = latest(async () => {
    const h = +horizon.value, body = { recording: r.id, horizon: h, count: 200 };
    if (planned.length) body.inputs = { t: [r.to, r.to + h * 1e-6, r.to + h], values: Object.fromEntries(planned.map(([n, i]) => [n, [+i.value, +i.value, +i.value]])) };
    const past = await ask('POST', `${at}/forecast`, { recording: r.id, times: { from: r.from, to: r.to, count: 300 } });
    const f = await ask('POST', `${at}/forecast`, body);
    out.replaceChildren(legend([[1, 'the fit'], [0, 'the forecast']]), ...m.states.slice(0, 8).map((name) => chart({ title: name, x: axisName(m), now: r.to, lines: [{ x: past.t, y: past.states[name], k: 1 }, { x: f.t, y: f.states[name], k: 0 }],
      bands: f.lo ? [{ x: f.t, lo: f.lo[name], hi: f.hi[name], k: 0 }] : [] })), el('p', { class: 'quiet' }, f.failed ? `it ends early: ${f.failed}` : 'The shade is the band of the forecast.'));
  });
  const which = m.recordings.length > 1 ? pickState('recording', m.recordings.map((q) => q.id), r.id, (v) => { r = m.recordings.find((q) => q.id === v); draw(); }) : null;
  box.replaceChildren(el('div', { class: 'row' }, which, el('label', {}, `horizon${m.time_unit ? ` [${m.time_unit}]` : ''}`, el('br'), horizon),
    planned.map(([n, i]) => el('label', {}, `${n} from now on`, el('br'), i)), el('a', { class: 'button', href: `/api/v1${at}/files/forecast.csv`, download: 'forecast.csv' }, 'forecast.csv')), out);
  draw();
}

async function report(box, at) {
  box.replaceChildren(el('p', {}, el('a', { href: `/api/v1${at}/files/report.html`, target: '_blank', rel: 'noopener' }, 'Open the report by itself')),
    el('iframe', { src: `/api/v1${at}/files/report.html`, title: 'Report of the run', sandbox: 'allow-scripts' }));
}
