// What all views use: elements, requests, numbers.

export function el(name, attributes = {}, ...children) {
  const e = document.createElement(name);
  for (const [k, v] of Object.entries(attributes)) {
    if (k.startsWith('on')) e.addEventListener(k.slice(2), v);
    else if (v === true) e.setAttribute(k, '');
    else if (v !== false && v != null) e.setAttribute(k, v);
  }
  e.append(...children.flat(Infinity).filter((c) => c != null));
  return e;
}

export function short(v) {
  if (v == null || !Number.isFinite(v)) return '–';
  if (v === 0) return '0';
  const a = Math.abs(v);
  return (a >= 1e5 || a < 1e-3 ? v.toExponential(2) : String(+v.toPrecision(4))).replace('-', '−');
}

let quiet;
export function say(text) {
  const box = document.getElementById('say');
  box.textContent = text;
  clearTimeout(quiet);
  quiet = setTimeout(() => { box.textContent = ''; }, 8000);
}

// ask makes a request and gives the answer; what is refused is an Error with its sentence.
export async function ask(method, path, body) {
  let answer;
  try {
    answer = await fetch('/api/v1' + path, { method, body: body === undefined || body instanceof Blob ? body : JSON.stringify(body) });
  } catch {
    throw new Error('the server does not answer; is entrain serve still running?');
  }
  const text = await answer.text();
  let value;
  try { value = JSON.parse(text); } catch { throw new Error('the server gave no JSON'); }
  if (!answer.ok) throw new Error(value.error || answer.statusText);
  return value;
}

// latest calls work with the newest argument only: while it is under way, others wait and
// all but the last are dropped.
export function latest(work) {
  let busy = false, next;
  return async function run(...args) {
    if (busy) { next = args; return; }
    busy = true;
    try { await work(...args); } catch (e) { say(e.message); }
    busy = false;
    if (next) { const n = next; next = undefined; run(...n); }
  };
}
