// The page: every figure with data-chart gets its chart, redrawn when its
// width changes; portraits are chosen by buttons.

const specs = JSON.parse(document.getElementById('charts').textContent);
const charts = [];

function redraw(chart) {
  if (!chart.box.clientWidth) return;
  hide(chart);
  chart.f = drawChart(chart.box, chart.spec, chart.view);
}

for (const figure of document.querySelectorAll('[data-chart]')) {
  const spec = specs[figure.dataset.chart];
  const box = figure.querySelector('.plot');
  const tip = document.createElement('div');
  tip.className = 'tip';
  tip.hidden = true;
  tip.setAttribute('aria-live', 'polite');
  box.append(tip);
  const chart = { spec, box, tip, view: null, f: null, width: 0 };
  charts.push(chart);
  spec.layers = (spec.layers || []).map(fill);
  const list = figure.querySelector('.legend');
  if (spec.legend && list) legend(list, spec);
  offer(figure, chart);
  attach(chart, () => charts.filter(c => c.f && (c === chart || spec.sync && c.spec.sync === spec.sync)));
}

const watch = new ResizeObserver(entries => {
  for (const e of entries) {
    const chart = charts.find(c => c.box === e.target);
    if (chart.width !== e.target.clientWidth) {
      chart.width = e.target.clientWidth;
      redraw(chart);
    }
  }
});
for (const c of charts) {
  c.width = c.box.clientWidth;
  redraw(c);
  watch.observe(c.box);
}

for (const picker of document.querySelectorAll('.picker')) {
  picker.addEventListener('click', e => {
    const chosen = e.target.closest('button');
    if (!chosen) return;
    for (const b of picker.querySelectorAll('button')) {
      b.setAttribute('aria-pressed', String(b === chosen));
      document.getElementById(b.dataset.shows).hidden = b !== chosen;
    }
    charts.forEach(redraw);
  });
}

for (const d of document.querySelectorAll('details')) d.addEventListener('toggle', () => charts.forEach(redraw));
