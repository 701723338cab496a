'use strict';
// What both pages share: the embedded data, elements, and time in words.

const data = JSON.parse(document.getElementById('data').textContent);
const byId = (id) => document.getElementById(id);

/** An element. Texts never become markup: children are nodes or text. */
function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'class') element.className = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** Fills the drop-down list `select` with [value, text] pairs. */
function offer(select, pairs) {
  select.replaceChildren(...pairs.map(([value, text]) => make('option', { value }, text)));
}

const many = (n, one) => `${grouped(n)} ${one}${n === 1 ? '' : 's'}`;
const grouped = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ',');

// Times are ticks of 100 ns.
const MILLI = 1e4;
const SECOND = 1e7;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

const two = (n) => String(n).padStart(2, '0');

/** A time since the start as the trace has it: `3d 00:10:00.040`. */
function timeText(ticks) {
  const clock = clockText(ticks - (ticks % MILLI));
  return `${clock}.${String(Math.floor((ticks % SECOND) / MILLI)).padStart(3, '0')}`;
}

/** Days, hours, minutes, seconds: `3d 00:10:00`. */
function clockText(ticks) {
  const days = Math.floor(ticks / DAY);
  const rest = Math.floor((ticks % DAY) / SECOND);
  const clock = `${two(Math.floor(rest / 3600))}:${two(Math.floor(rest / 60) % 60)}:${two(rest % 60)}`;
  return days > 0 ? `${days}d ${clock}` : clock;
}

/** A length of time in at most two units: `37m`, `14d 1h`, `40ms`. */
function lengthText(ticks) {
  if (ticks <= 0) return '0s';
  if (ticks < MILLI) return `${ticks / 10}us`;
  if (ticks < SECOND) return `${Math.round(ticks / 1000) / 10}ms`;
  const units = [[YEAR, 'y'], [DAY, 'd'], [HOUR, 'h'], [MINUTE, 'm'], [SECOND, 's']];
  const first = units.findIndex(([size]) => ticks >= size);
  const [size, name] = units[first];
  if (size === SECOND) return `${Math.round(ticks / MILLI) / 1000}s`;
  const [next, nextName] = units[first + 1];
  const whole = Math.floor(ticks / size);
  const rest = Math.floor((ticks % size) / next);
  return rest > 0 ? `${whole}${name} ${rest}${nextName}` : `${whole}${name}`;
}

/** The first index whose value in the ascending list is at least `value`. */
function lowerBound(list, value) {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Runs `work` once, before the next frame, however often it is called. */
function oncePerFrame(work) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      work();
    });
  };
}

const printing = matchMedia('print');
const darkScheme = matchMedia('(prefers-color-scheme: dark)');
const isDark = () => darkScheme.matches && !printing.matches;

/** A colour of the style sheet. */
const themed = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** A text in which `names` between backquotes become code. */
function worded(text) {
  return text.split('`').map((part, at) => (at % 2 === 1 ? make('code', {}, part) : part));
}

/** A rule's page as a link, or as text where it has no address. */
function pageLink(rule) {
  if (!rule.url) return make('span', {}, rule.page);
  const href = rule.url.startsWith('http') ? rule.url : `https://${rule.url}`;
  return make('a', { href, rel: 'noreferrer noopener', target: '_blank' }, rule.page);
}
