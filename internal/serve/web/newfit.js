// A new fit: a file is dropped, what it holds is said, and a fit begins.
import { el, ask, say } from './tools.js';
import { chart } from './chart.js';

export async function newFit(main) {
  const pick = el('input', { type: 'file', id: 'file', accept: '.csv,.tsv,.txt,.dat,.jsonl,.npy,.npz,.xlsx', onchange: () => pick.files[0] && take(pick.files[0]) });
  const drop = el('div', { class: 'drop' }, el('p', {}, 'Drop a file of measurements here: a column for the time, one for each state.'),
    el('label', { for: 'file' }, 'or choose one '), pick, el('p', { class: 'quiet' }, 'Text, workbooks, arrays, lines of JSON. It goes no further than the machine that serves this page.'));
  for (const name of ['dragenter', 'dragover']) drop.addEventListener(name, (e) => { e.preventDefault(); drop.classList.add('over'); });
  for (const name of ['dragleave', 'drop']) drop.addEventListener(name, () => drop.classList.remove('over'));
  drop.addEventListener('drop', (e) => { e.preventDefault(); const f = e.dataTransfer.files[0]; if (f) take(f); });
  const out = el('div');
  main.replaceChildren(el('h1', {}, 'New fit'), drop, out);

  async function take(file) {
    out.replaceChildren(el('p', { class: 'quiet' }, `reading ${file.name} …`));
    try {
      const c = await ask('POST', '/check', file);
      out.replaceChildren(...understood(file.name, c));
      if (c.ok) out.append(await settings(c));
    } catch (e) {
      out.replaceChildren(el('p', { class: 'bad' }, e.message));
    }
  }
}

function understood(name, c) {
  const parts = [el('h2', {}, name)];
  if (c.ok || c.states.length) {
    parts.push(el('p', {}, `${c.recordings} recording${c.recordings === 1 ? '' : 's'}, ${c.rows} rows; time ${c.time}${c.time_unit ? ` [${c.time_unit}]` : ''}`));
  }
  if (c.findings.length) {
    parts.push(el('ul', {}, c.findings.map((f) => el('li', { class: f.severity === 'error' ? 'bad' : '' }, `${f.severity}: ${f.message}`))));
  }
  if (c.notes.length) parts.push(el('ul', { class: 'quiet' }, c.notes.map((n) => el('li', {}, n))));
  if (c.roles.length) {
    parts.push(el('div', { class: 'wide' }, el('table', {}, el('thead', {}, el('tr', {}, el('th', {}, 'column'), el('th', {}, 'seems to be'), el('th', {}, 'because'))),
      el('tbody', {}, c.roles.map((r) => el('tr', {}, el('td', {}, r.column), el('td', {}, r.role + (r.sure ? '' : '?')), el('td', { class: 'quiet' }, r.reason)))))));
  }
  for (const [k, name] of c.states.slice(0, 6).entries()) {
    parts.push(el('div', { class: 'panel' }, chart({ title: name, x: c.time, lines: c.preview.map((p, i) => ({ x: p.t, y: p.states[name], k: k + i, marks: p.t.length < 200 })) })));
  }
  return parts;
}

async function settings(c) {
  const all = await ask('GET', '/models');
  const choose = (id, list) => el('select', { id }, el('option', { value: '' }, 'chosen for you'), list.map((m) => el('option', { value: m.name, title: m.about }, m.name)));
  const model = choose('model', all.models), method = choose('method', all.methods);
  const more = el('input', { id: 'more', size: 34, placeholder: 'seed=3 heldout=0.3', autocomplete: 'off', spellcheck: 'false' });
  const go = el('button', { class: 'main', type: 'submit' }, 'Fit');
  return el('form', { class: 'panel', onsubmit: begin }, el('h2', {}, 'Learn its law'), el('div', { class: 'row' },
    el('label', {}, 'model', el('br'), model), el('label', {}, 'method', el('br'), method), el('label', {}, 'further settings', el('br'), more), go));

  async function begin(e) {
    e.preventDefault();
    go.disabled = true;
    const s = {};
    if (model.value) s.model = model.value;
    if (method.value) s.method = method.value;
    for (const word of more.value.split(/\s+/).filter(Boolean)) {
      const i = word.indexOf('=');
      if (i < 1) { say(`${word} is no setting; write name=value`); go.disabled = false; return; }
      s[word.slice(0, i)] = word.slice(i + 1);
    }
    try {
      const { run } = await ask('POST', '/runs', { data: c.data, settings: s });
      location.hash = `#/run/${run}`;
    } catch (err) { say(err.message); go.disabled = false; }
  }
}

