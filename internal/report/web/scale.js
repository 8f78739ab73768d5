// Scales map a domain to pixels and know their ticks.

function linear(lo, hi, from, to) {
  if (lo === hi) { const w = Math.abs(lo) * 0.1 || 1; lo -= w; hi += w; }
  const s = v => from + (v - lo) / (hi - lo) * (to - from);
  s.invert = p => lo + (p - from) / (to - from) * (hi - lo);
  s.domain = [lo, hi];
  s.ticks = (n, whole) => linearTicks(lo, hi, n, whole);
  return s;
}

function logarithmic(lo, hi, from, to) {
  const line = linear(Math.log10(lo), Math.log10(hi), from, to);
  const s = v => v > 0 ? line(Math.log10(v)) : NaN;
  s.invert = p => 10 ** line.invert(p);
  s.domain = [lo, hi];
  s.ticks = n => logTicks(lo, hi, n);
  return s;
}

// linearTicks are about n multiples of 1, 2 or 5 times a power of ten.
function linearTicks(lo, hi, n, whole) {
  const power = 10 ** Math.floor(Math.log10((hi - lo) / Math.max(1, n)));
  const inside = s => Math.floor(hi / s + 1e-9) - Math.ceil(lo / s - 1e-9) + 1;
  let step = [10, 5, 2, 1, 0.5].map(m => m * power).find(s => inside(s) >= Math.max(3, 0.7 * n)) || power / 5;
  if (whole) step = Math.max(1, Math.round(step));
  const ticks = [];
  for (let i = Math.ceil(lo / step - 1e-9); i * step <= hi + step * 1e-9; i++) {
    ticks.push({ v: i * step, text: tickText(i * step, step, Math.max(Math.abs(lo), Math.abs(hi))) });
  }
  return ticks;
}

function logTicks(lo, hi, n) {
  const decades = Math.log10(hi / lo);
  if (decades < 0.8) return linearTicks(lo, hi, n);
  const every = Math.max(1, Math.ceil(decades / n));
  const within = decades < 2 ? [1, 2, 5] : [1];
  const ticks = [];
  for (let e = Math.floor(Math.log10(lo)); e <= Math.ceil(Math.log10(hi)); e++) {
    if (((e % every) + every) % every) continue;
    for (const m of within) {
      const v = m * 10 ** e;
      if (v >= lo * 0.999 && v <= hi * 1.001) ticks.push({ v, text: powerText(m, e) });
    }
  }
  return ticks;
}

function powerText(m, e) {
  if (e >= -2 && e <= 3) return digits(m * 10 ** e, Math.max(0, -e));
  return (m === 1 ? '' : m + '×') + '10' + raised(e);
}

function tickText(v, step, largest) {
  if (v === 0) return '0';
  if (largest >= 1e6 || largest < 1e-3) {
    const e = Math.floor(Math.log10(Math.abs(v)) + 1e-9);
    const d = Math.max(0, e - Math.floor(Math.log10(step) + 1e-9));
    return digits(v / 10 ** e, d) + '×10' + raised(e);
  }
  return digits(v, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
}

// readable is a number with about four significant digits.
function readable(v) {
  if (v === null || !isFinite(v)) return '–';
  const a = Math.abs(v);
  if (Number.isInteger(v) && a < 1e7) return digits(v, 0);
  if (a && (a >= 1e7 || a < 1e-3)) {
    const e = Math.floor(Math.log10(a));
    return digits(v / 10 ** e, 2) + '×10' + raised(e);
  }
  return digits(v, a >= 1000 ? (a < 1e4 && v !== Math.round(v) ? 1 : 0) : a >= 100 ? 1 : a >= 10 ? 2 : a >= 0.1 ? 3 : 5);
}

function digits(v, d) {
  let [whole, part] = Math.abs(v).toFixed(Math.min(d, 12)).split('.');
  if (whole.length >= 5) whole = whole.replace(/\B(?=(\d{3})+$)/g, '\u202f');
  return (v < 0 ? '−' : '') + whole + (part ? '.' + part : '');
}

function raised(e) {
  return String(e).replace(/[-\d]/g, c => c === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[c]);
}
