// Calendar axes: numbers that are instants, epoch + v·unit in milliseconds (see calendar.go). All
// clocks are that of the file, so that everything here reads UTC.

const minute = 6e4, hour = 60 * minute, day = 24 * hour;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = n => String(n).padStart(2, '0');

// paces are the distances of ticks: multiples of a length, or of months.
const paces = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map(n => ({ ms: n, kind: 'ms' })),
  ...[1, 2, 5, 10, 15, 30].map(n => ({ ms: n * 1000, kind: 'second' })),
  ...[1, 2, 5, 10, 15, 30].map(n => ({ ms: n * minute, kind: 'minute' })),
  ...[1, 2, 3, 6, 12].map(n => ({ ms: n * hour, kind: 'minute' })),
  ...[1, 2].map(n => ({ ms: n * day, kind: 'day' })),
  ...[7, 14].map(n => ({ ms: n * day, kind: 'day', from: 4 * day })), // Mondays: 1970 began on a Thursday
  ...[1, 2, 3, 6].map(n => ({ months: n, kind: 'month' })),
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].map(n => ({ months: 12 * n, kind: 'year' })),
];

// calendar is a linear scale whose ticks stand at round places of the calendar.
function calendar(date, lo, hi, from, to) {
  const s = linear(lo, hi, from, to);
  const at = v => date.epoch + v * date.unit, back = ms => (ms - date.epoch) / date.unit;
  s.ticks = n => dateTicks(at(s.domain[0]), at(s.domain[1]), n).map(t => ({ v: back(t.ms), text: t.text }));
  return s;
}

// dateTicks are about n instants at most between two. The coarser part of a date is written where
// it is new.
function dateTicks(lo, hi, n) {
  const length = p => p.ms || p.months * 30.436875 * day;
  const pace = paces.find(p => (hi - lo) / length(p) <= 1.25 * n) || paces[paces.length - 1];
  const places = pace.ms ? every(pace.ms, pace.from || 0, lo, hi) : everyMonths(pace.months, lo, hi);
  let last = null;
  return places.map(ms => {
    const text = tickDate(new Date(ms), pace, last && new Date(last));
    last = ms;
    return { ms, text };
  });
}

function every(step, from, lo, hi) {
  const out = [];
  for (let i = Math.ceil((lo - from) / step - 1e-9); from + i * step <= hi + 1e-9 * step; i++) out.push(from + i * step);
  return out;
}

function everyMonths(step, lo, hi) {
  const first = new Date(lo), out = [];
  const month = 12 * first.getUTCFullYear() + first.getUTCMonth();
  for (let m = Math.ceil(month / step) * step; ; m += step) {
    const ms = new Date(0).setUTCFullYear(Math.floor(m / 12), ((m % 12) + 12) % 12, 1);
    if (ms > hi) return out;
    if (ms >= lo) out.push(ms);
  }
}

const yearText = d => String(d.getUTCFullYear()).padStart(4, '0');
const dayText = d => d.getUTCDate() + ' ' + months[d.getUTCMonth()];
const sameDay = (a, b) => a && Math.floor(a / day) === Math.floor(b / day);
const sameYear = (a, b) => a && a.getUTCFullYear() === b.getUTCFullYear();

function tickDate(d, pace, last) {
  switch (pace.kind) {
    case 'year': return yearText(d);
    case 'month': return months[d.getUTCMonth()] + (sameYear(last, d) ? '' : ' ' + yearText(d));
    case 'day': return dayText(d) + (sameYear(last, d) ? '' : ' ' + yearText(d));
  }
  const clock = clockText(d, pace.kind);
  if (sameDay(last, d)) return clock;
  return dayText(d) + (clock === '00:00' ? '' : ' ' + clock);
}

function clockText(d, by) {
  let s = two(d.getUTCHours()) + ':' + two(d.getUTCMinutes());
  if (by !== 'minute') s += ':' + two(d.getUTCSeconds());
  if (by === 'ms') s += '.' + String(d.getUTCMilliseconds()).padStart(3, '0');
  return s;
}

// dated is the instant v of an axis, as coarse as rows are apart; coarser steps are rounded.
function dated(date, v) {
  const ms = date.epoch + v * date.unit;
  const round = { year: 183 * day, month: 15 * day, day: day / 2, minute: minute / 2, second: 500 }[date.by] || 0;
  const d = new Date(ms + round);
  if (!isFinite(d)) return readable(v);
  switch (date.by) {
    case 'year': return yearText(d);
    case 'month': return months[d.getUTCMonth()] + ' ' + yearText(d);
    case 'day': return dayText(d) + ' ' + yearText(d);
  }
  return dayText(d) + ' ' + yearText(d) + ' ' + clockText(d, date.by);
}
