// The horizontal scale: how a time becomes a place. Two scales are offered. On the scale of time
// a place is a time; on the scale of moments every instant at which something happens is one step
// wide, so that a second and ten days between two events look alike.

const SCALES = { time: 'time', moments: 'moments' };

class Scale {
  constructor(picture) {
    this.end = Math.max(picture.ended_at, MILLI);
    const all = picture.events.map((event) => event.at);
    for (const lane of picture.lanes) {
      for (const band of [...lane.states, ...lane.errors]) all.push(band.from, band.to);
    }
    for (const disturbed of picture.disturbances) all.push(disturbed.from, disturbed.to);
    all.push(0, this.end);
    this.instants = [...new Set(all)].sort((one, other) => one - other);
    this.kind = SCALES.time;
    this.left = 0;
    this.width = 100;
    this.fit();
  }

  /** The whole run. */
  get span() {
    return this.kind === SCALES.time ? this.end : this.instants.length - 1;
  }

  /** The narrowest view. */
  get least() {
    return this.kind === SCALES.time ? MILLI : 4;
  }

  fit() {
    // A little room on both sides, so that what happens at the very beginning can be seen.
    this.from = -this.span * 0.012;
    this.to = this.span * 1.012;
  }

  use(kind) {
    const [from, to] = [this.time(this.from), this.time(this.to)];
    const all = this.isFit;
    this.kind = kind;
    if (all) this.fit();
    else this.show(this.place(from), this.place(to));
  }

  get isFit() {
    return this.to - this.from >= this.span * 1.02;
  }

  /** The place of a time. */
  place(time) {
    if (this.kind === SCALES.time) return time;
    const after = lowerBound(this.instants, time);
    if (after === 0 || this.instants[after] === time) return after;
    if (after >= this.instants.length) return this.instants.length - 1;
    const [one, other] = [this.instants[after - 1], this.instants[after]];
    return after - 1 + (time - one) / (other - one);
  }

  /** The time at a place. */
  time(place) {
    if (this.kind === SCALES.time) return Math.min(Math.max(place, 0), this.end);
    const bounded = Math.min(Math.max(place, 0), this.instants.length - 1);
    const before = Math.floor(bounded);
    const one = this.instants[before];
    const other = this.instants[Math.min(before + 1, this.instants.length - 1)];
    return one + (other - one) * (bounded - before);
  }

  /** The pixel of a place, and back. */
  x(place) {
    return this.left + ((place - this.from) / (this.to - this.from)) * this.width;
  }

  at(x) {
    return this.from + ((x - this.left) / this.width) * (this.to - this.from);
  }

  /** Shows from here to there, within reason. */
  show(from, to) {
    const most = this.span * 1.024;
    const width = Math.min(Math.max(to - from, this.least), most);
    const middle = (from + to) / 2;
    const first = Math.min(Math.max(middle - width / 2, -this.span * 0.012 - width * 0.02), this.span * 1.012 + width * 0.02 - width);
    this.from = first;
    this.to = first + width;
  }

  /** Zooms so that the place under the pixel stays where it is. */
  zoom(factor, x) {
    const fixed = this.at(x);
    const width = Math.min(Math.max((this.to - this.from) * factor, this.least), this.span * 1.024);
    const share = (fixed - this.from) / (this.to - this.from);
    this.show(fixed - width * share, fixed + width * (1 - share));
  }

  /** Moves by a share of what is shown. */
  pan(share) {
    const by = (this.to - this.from) * share;
    this.show(this.from + by, this.to + by);
  }

  /** Brings a time into view, without zooming if it can be seen. */
  reveal(time) {
    const place = this.place(time);
    const width = this.to - this.from;
    if (this.isFit || (place >= this.from + width * 0.03 && place <= this.to - width * 0.03)) return;
    this.show(place - width / 2, place + width / 2);
  }
}

const STEPS = [
  1e1, 2e1, 5e1, 1e2, 2e2, 5e2, 1e3, 2e3, 5e3, MILLI, 2 * MILLI, 5 * MILLI, 10 * MILLI, 20 * MILLI, 50 * MILLI, 100 * MILLI, 200 * MILLI,
  500 * MILLI, SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 15 * SECOND, 30 * SECOND, MINUTE,
  2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR,
  6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 5 * DAY, 10 * DAY, 20 * DAY, 50 * DAY, 100 * DAY, YEAR,
  2 * YEAR, 5 * YEAR, 10 * YEAR, 20 * YEAR, 50 * YEAR, 100 * YEAR,
];

/** Ticks of the axis: [pixel, label]; `room` is the least distance of two labels. */
function axisTicks(scale, room) {
  const ticks = [];
  if (scale.kind === SCALES.moments) {
    const [first, last] = [Math.max(0, Math.ceil(scale.from)), Math.min(scale.span, Math.floor(scale.to))];
    const step = Math.max(1, Math.ceil((room * 1.25 * (scale.to - scale.from)) / scale.width));
    for (let place = Math.ceil(first / step) * step; place <= last; place += step) {
      ticks.push([scale.x(place), timeText(scale.instants[place])]);
    }
    return ticks;
  }
  const perPixel = (scale.to - scale.from) / scale.width;
  const wide = tickLabel(scale.to, perPixel * room).length * 6.6 + 18;
  const step = STEPS.find((size) => size >= perPixel * Math.max(wide, 44)) || STEPS.at(-1);
  const last = Math.min(scale.to, scale.end);
  for (let time = Math.max(0, Math.ceil(scale.from / step)) * step; time <= last; time += step) {
    ticks.push([scale.x(time), tickLabel(time, step)]);
  }
  return ticks;
}

/** A time as precise as the distance of two ticks asks for. */
function tickLabel(time, step) {
  if (time <= 0) return '0';
  if (step >= YEAR) return `${Math.round(time / YEAR)}y`;
  if (step >= DAY) return `${Math.round(time / DAY)}d`;
  const days = Math.floor(time / DAY);
  const rest = time % DAY;
  const [h, m, s] = [Math.floor(rest / HOUR), Math.floor(rest / MINUTE) % 60, Math.floor(rest / SECOND) % 60];
  const day = days > 0 ? `${days}d ` : '';
  if (step >= MINUTE) return `${day}${two(h)}:${two(m)}`;
  const clock = `${day}${two(h)}:${two(m)}:${two(s)}`;
  if (step >= SECOND) return clock;
  const digits = step >= MILLI ? 3 : 7;
  return `${clock}.${String(Math.floor(rest % SECOND)).padStart(7, '0').slice(0, digits)}`;
}
