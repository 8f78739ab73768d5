// The studio: views by the hash of the address; what is shown comes from /api/v1.
import { el, ask, say, short } from './tools.js';
import { chart, legend } from './chart.js';
import { newFit } from './newfit.js';
import { showRun, leaveRun } from './run.js';

const main = document.getElementById('main');

async function runs(main) {
  const { runs, more } = await ask('GET', '/runs');
  if (!runs.length) {
    main.replaceChildren(el('h1', {}, 'Runs'), el('p', {}, 'There is no run here yet. ', el('a', { href: '#/new' }, 'Begin with a file of measurements'), '.'));
    return;
  }
  const chosen = new Set();
  const compare = el('button', { disabled: true, onclick: () => { location.hash = `#/compare/${[...chosen].join(',')}`; } }, 'Side by side');
  const row = (r) => el('tr', {},
    el('td', {}, el('input', { type: 'checkbox', 'aria-label': `choose run ${r.run}`, onchange: (e) => { e.target.checked ? chosen.add(r.run) : chosen.delete(r.run); compare.disabled = chosen.size < 2; } })),
    el('td', {}, el('a', { href: `#/run/${r.run}` }, r.run)), el('td', {}, r.status), el('td', {}, r.model || ''), el('td', {}, r.method || ''),
    el('td', { class: 'n' }, short(r.heldout_nrmse)), el('td', { class: 'n' }, short(r.train_nrmse)), el('td', { class: 'n' }, short(r.seconds)));
  main.replaceChildren(el('h1', {}, 'Runs'), el('div', { class: 'row' }, compare, el('a', { class: 'button', href: '#/new' }, 'New fit')),
    el('div', { class: 'wide' }, el('table', {}, el('thead', {}, el('tr', {}, el('th', {}), ...['run', 'status', 'model', 'method'].map((n) => el('th', {}, n)),
      ...['error held out', 'error trained on', 'seconds'].map((n) => el('th', { class: 'n' }, n)))), el('tbody', {}, runs.map(row)))),
    ...(more ? [el('p', { class: 'quiet' }, `and ${more} older ones`)] : []));
}

// sideBySide draws the forecasts of several runs on one axis.
async function sideBySide(main, names) {
  const all = await Promise.all(names.map(async (run) => {
    try {
      const [m, f, r] = await Promise.all([ask('GET', `/runs/${run}/model`), ask('POST', `/runs/${run}/forecast`, { count: 200 }).catch(() => null), ask('GET', `/runs/${run}`)]);
      return { run, m, f, r };
    } catch { return { run }; }
  }));
  const states = [...new Set(all.flatMap((a) => a.m?.states || []))];
  main.replaceChildren(el('h1', {}, 'Side by side'), legend(all.map((a, k) => [k, a.m ? `${a.run}: ${a.m.model}` : `${a.run}: no model`])),
    el('div', { class: 'wide' }, el('table', {}, el('thead', {}, el('tr', {}, ...['run', 'model', 'method', 'data', 'status'].map((n) => el('th', {}, n)), el('th', { class: 'n' }, 'error held out'), el('th', { class: 'n' }, 'seconds'))),
      el('tbody', {}, all.map((a) => el('tr', {}, el('td', {}, el('a', { href: `#/run/${a.run}` }, a.run)), el('td', {}, a.m?.model || '–'), el('td', {}, a.m?.method || '–'), el('td', {}, a.m?.data || '–'), el('td', {}, a.r?.status || '–'),
        el('td', { class: 'n' }, short(a.r?.scores?.heldout?.nrmse)), el('td', { class: 'n' }, short(a.r?.seconds))))))),
    el('h2', {}, 'Forecasts'), ...states.slice(0, 6).map((name) => el('div', { class: 'panel' }, chart({ title: name, x: all.find((a) => a.m)?.m.time || '',
      lines: all.flatMap((a, k) => (a.f?.states[name] ? [{ x: a.f.t, y: a.f.states[name], k }] : [])) }))));
}

async function route() {
  leaveRun();
  const box = el('div'); // of this view alone: what an earlier one still has to say is not shown
  main.replaceChildren(box);
  const [, view, what, tab] = decodeURIComponent(location.hash).split('/');
  try {
    if (view === 'new') await newFit(box);
    else if (view === 'run' && what) await showRun(box, what, tab || 'overview');
    else if (view === 'compare' && what) await sideBySide(box, what.split(','));
    else await runs(box);
  } catch (e) {
    box.replaceChildren(el('p', { class: 'bad' }, e.message));
  }
}

window.addEventListener('hashchange', () => route().then(() => main.focus()));
ask('GET', '/version').then((v) => { document.getElementById('version').textContent = v.version; }).catch((e) => say(e.message));
route();
