// The timeline: an axis with what disturbed the world on top, and below it a lane for each job.

const ROW = { state: 20, errors: 17, count: 30, marks: 16 };
const LANE_PAD = 7;
const AXIS = 24;
const BAR = 17;
const FONT = '11.5px system-ui, "Segoe UI", "DejaVu Sans", sans-serif';
const MOST_BARS = 6;
const MOST_FOUND = 200;

class Timeline {
  constructor(picture, story) {
    this.picture = picture;
    this.story = story;
    this.scale = new Scale(picture);
    this.top = byId('top');
    this.canvas = byId('lanes');
    this.scroller = byId('scroller');
    this.shownMarks = new Set(['callback', 'launch', 'call']);
    this.chosen = null;
    this.marked = [];
    this.bars = packed(picture.disturbances).map((row) => new Track(row));
    this.shades = united(picture.disturbances);
    this.lanes = picture.lanes.map((lane) => new LaneView(lane));
    this.most = Math.max(1, ...picture.lanes.flatMap((lane) => highest(lane)));
    this.redraw = oncePerFrame(() => this.draw());
    this.place();
    this.layOut();
    new ResizeObserver(() => this.layOut()).observe(this.scroller);
    this.scroller.addEventListener('scroll', this.redraw);
    darkScheme.addEventListener('change', this.redraw);
  }

  /** Works out places after the kind of scale or of marks has changed. */
  place() {
    for (const row of this.bars) row.place(this.scale);
    for (const lane of this.lanes) lane.place(this.scale, this.shownMarks);
    this.shadePlaces = this.shades.map(([from, to]) => [this.scale.place(from), this.scale.place(to)]);
    this.endPlace = this.scale.place(this.picture.ended_at);
  }

  useScale(kind) {
    this.scale.use(kind);
    this.place();
    this.redraw();
  }

  showMarks(kind, shown) {
    if (shown) this.shownMarks.add(kind);
    else this.shownMarks.delete(kind);
    this.place();
    this.layOut();
  }

  layOut() {
    const width = this.scroller.clientWidth;
    if (width === 0) return;
    this.gutter = Math.min(150, Math.max(76, Math.round(width * 0.13)));
    this.scale.left = this.gutter;
    this.scale.width = Math.max(width - this.gutter - 10, 60);
    let top = 0;
    for (const lane of this.lanes) {
      lane.top = top;
      top += lane.height(this.shownMarks);
    }
    this.total = Math.max(top, 30);
    this.topHeight = AXIS + this.bars.length * (BAR + 2) + 5;
    byId('spacer').style.height = `${this.total}px`;
    const high = Math.min(this.total, Math.max(320, Math.round(innerHeight * 0.55)));
    this.scroller.style.height = `${high}px`;
    this.seen = high;
    size(this.top, width, this.topHeight);
    size(this.canvas, width, high);
    this.draw();
    if (this.onLayout) this.onLayout();
  }

  draw() {
    this.look = looks();
    this.drawTop();
    this.drawLanes();
    if (this.onDraw) this.onDraw();
  }

  drawTop() {
    const { scale, look } = this;
    const pen = fresh(this.top);
    const bottom = this.topHeight;
    pen.save();
    pen.beginPath();
    pen.rect(scale.left - 1, 0, scale.width + 11, bottom);
    pen.clip();
    this.shade(pen, AXIS, bottom);
    pen.textBaseline = 'middle';
    let free = 0;
    for (const [x, label] of axisTicks(scale, 74)) {
      pen.fillStyle = look.line;
      pen.fillRect(Math.round(x), AXIS - 6, 1, 6);
      pen.fillStyle = look.soft;
      const width = pen.measureText(label).width;
      const from = Math.min(Math.max(x - width / 2, scale.left), scale.left + scale.width + 8 - width);
      if (from < free) continue;
      free = from + width + 10;
      pen.fillText(label, from, 9);
    }
    pen.fillStyle = look.line;
    pen.fillRect(scale.left, AXIS - 1, scale.width, 1);
    this.bars.forEach((row, index) => {
      drawTrack(pen, row, scale, AXIS + 2 + index * (BAR + 2), BAR, this.barLook(row));
    });
    this.drawMarked(pen);
    this.drawLines(pen, 0, bottom, true);
    pen.restore();
    pen.fillStyle = look.soft;
    pen.textBaseline = 'middle';
    const unit = scale.kind === SCALES.time ? 'time' : 'moment';
    pen.fillText(unit, 4, 9);
    if (this.bars.length) fitText(pen, 'disturbances', 4, AXIS + 3 + BAR / 2, this.gutter - 10, 30);
  }

  /** How a disturbance looks: a bar with its name, or a stroke with the name beside it. */
  barLook(row) {
    const { look, scale } = this;
    const name = (one) => (one.who ? `${one.what} (${one.who})` : one.what);
    return {
      wide: (pen, one, x0, x1, top, height) => {
        pen.fillStyle = look.trouble;
        pen.fillRect(x0, top, x1 - x0, height);
        pen.fillStyle = look.troubleEdge;
        pen.fillRect(x0, top, Math.min(2, x1 - x0), height);
        pen.fillStyle = look.ink;
        // A name that is longer than its bar goes on beyond it, as far as there is nothing else.
        const next = row.from[lowerBound(row.from, scale.at(x1 - 0.5))];
        const end = next === undefined ? scale.left + scale.width : Math.max(x1, scale.x(next));
        const from = Math.max(x0, scale.left) + 6;
        fitText(pen, name(one), from, top + height / 2 + 0.5, end - from - 4, 30);
      },
      merged: (pen, merged, track, weights, top, height, left) => {
        drawMerged(pen, merged, track, weights, top, height, left, () => look.troubleEdge);
        if (merged.count > 1 && merged.x1 - merged.x0 > 60) return;
        const after = track.from[lowerBound(track.from, scale.at(merged.x1 + 1))];
        const end = after === undefined ? scale.left + scale.width : scale.x(after);
        pen.fillStyle = look.ink;
        const at = lowerBound(track.from, scale.at(merged.x0 - 0.5));
        const text = merged.count > 1 ? `x${grouped(merged.count)}` : name(row.bands[at] || { what: '' });
        fitText(pen, text, merged.x1 + 5, top + height / 2 + 0.5, end - merged.x1 - 10, 40);
      },
    };
  }

  drawLanes() {
    const { scale, look } = this;
    const pen = fresh(this.canvas);
    const scrolled = this.scroller.scrollTop;
    pen.textBaseline = 'middle';
    pen.save();
    pen.beginPath();
    pen.rect(scale.left - 1, 0, scale.width + 11, this.seen);
    pen.clip();
    this.shade(pen, 0, this.seen);
    pen.fillStyle = look.grid;
    for (const [x] of axisTicks(scale, 74)) pen.fillRect(Math.round(x), 0, 1, this.seen);
    pen.restore();
    for (const [index, lane] of this.lanes.entries()) {
      const top = lane.top - scrolled;
      if (top > this.seen || top + lane.high < 0) continue;
      if (index > 0) {
        pen.fillStyle = look.line;
        pen.fillRect(0, Math.round(top), this.gutter + scale.width + 10, 1);
      }
      this.drawNames(pen, lane, top);
      pen.save();
      pen.beginPath();
      pen.rect(scale.left - 9, Math.max(top, 0), scale.width + 19, lane.high);
      pen.clip();
      lane.draw(pen, this, top);
      pen.restore();
    }
    if (this.lanes.length === 0) {
      pen.fillStyle = look.soft;
      pen.fillText('no job was made', scale.left + 8, 15);
    }
    pen.save();
    pen.beginPath();
    pen.rect(scale.left - 1, 0, scale.width + 11, this.seen);
    pen.clip();
    this.drawLines(pen, 0, this.seen, false);
    pen.restore();
  }

  drawNames(pen, lane, top) {
    const { look } = this;
    pen.fillStyle = look.ink;
    pen.font = `600 ${FONT}`;
    fitText(pen, lane.lane.job, 4, top + lane.rows.state + ROW.state / 2 + 0.5, this.gutter - 10, 10);
    pen.font = FONT;
    pen.fillStyle = look.soft;
    const name = (row, text) => {
      if (lane.rows[row] === undefined) return;
      fitText(pen, text, 4, top + lane.rows[row] + ROW[row] / 2 + 0.5, this.gutter - 10, 10);
    };
    name('errors', this.picture.counts_errors ? 'error object' : 'error');
    name('count', 'error count');
  }

  /** Light shading where something disturbed the world. */
  shade(pen, top, bottom) {
    pen.fillStyle = this.look.shade;
    for (const [from, to] of this.shadePlaces) {
      if (to < this.scale.from || from > this.scale.to) continue;
      const [x0, x1] = [this.scale.x(from), this.scale.x(to)];
      pen.fillRect(x0, top, Math.max(x1 - x0, 1), bottom - top);
    }
  }

  /** The events of a chosen line, as small teeth under the axis. */
  drawMarked(pen) {
    pen.fillStyle = this.look.accent;
    let last = -9;
    for (const entry of this.marked) {
      const x = Math.round(this.scale.x(this.scale.place(entry.at)));
      if (x === last) continue;
      last = x;
      pen.fillRect(x - 1, AXIS - 5, 3, 5);
    }
  }

  /** What failed, what is chosen, and where the run ends. */
  drawLines(pen, top, bottom, flagged) {
    const { scale, look } = this;
    const line = (time, color, dashes) => {
      const x = Math.round(scale.x(scale.place(time))) + 0.5;
      pen.strokeStyle = color;
      pen.lineWidth = 1.5;
      pen.setLineDash(dashes);
      pen.beginPath();
      pen.moveTo(x, top + (flagged ? AXIS - 2 : 0));
      pen.lineTo(x, bottom);
      pen.stroke();
      pen.setLineDash([]);
      return x;
    };
    line(this.picture.ended_at, look.line, [2, 2]);
    for (const failure of this.picture.failures) {
      const x = line(failure.at, look.bad, [5, 3]);
      if (!flagged) continue;
      pen.fillStyle = look.bad;
      pen.beginPath();
      pen.moveTo(x - 6, AXIS - 12);
      pen.lineTo(x + 6, AXIS - 12);
      pen.lineTo(x, AXIS - 1);
      pen.fill();
    }
    if (!this.chosen) return;
    const x = line(this.chosen.at, look.accent, []);
    if (!flagged) return;
    pen.fillStyle = look.accent;
    pen.beginPath();
    pen.moveTo(x - 5, AXIS - 9);
    pen.lineTo(x + 5, AXIS - 9);
    pen.lineTo(x, AXIS - 1);
    pen.fill();
  }

  choose(entry, reveal) {
    this.chosen = entry;
    if (entry && reveal) {
      this.scale.reveal(entry.at);
      const lane = this.lanes[entry.lane];
      if (lane && (lane.top < this.scroller.scrollTop || lane.top + lane.high > this.scroller.scrollTop + this.seen)) {
        this.scroller.scrollTop = lane.top - 20;
      }
    }
    this.redraw();
  }

  mark(entries) {
    this.marked = entries;
    this.redraw();
  }

  /** What is under a point of the lanes: a lane, and what there is of it. */
  laneHit(x, y) {
    const inside = y + this.scroller.scrollTop;
    const lane = this.lanes.find((one) => inside >= one.top && inside < one.top + one.high);
    if (!lane) return null;
    if (x < this.gutter) return { lane, found: [] };
    return { lane, found: lane.hit(this.scale, x, inside - lane.top, this) };
  }

  /** The disturbances under a point of the axis. */
  topHit(x, y) {
    const row = this.bars[Math.floor((y - AXIS - 2) / (BAR + 2))];
    if (!row || x < this.gutter) return [];
    return bandsAt(row, this.scale, x).map((one) => ({
      event: one.event,
      from: one.from,
      to: one.to,
      text: one.who ? `${one.what} (${one.who})` : one.what,
      line: one.line,
    }));
  }
}

/** Colours for this frame. */
function looks() {
  const dark = isDark();
  return {
    cluster: dark ? '#39424e' : '#e3e8ee',
    ink: themed('--ink'),
    soft: themed('--soft'),
    line: themed('--line'),
    grid: dark ? 'rgba(255, 255, 255, 0.05)' : 'rgba(0, 0, 0, 0.05)',
    accent: themed('--accent'),
    bad: themed('--bad'),
    shade: dark ? 'rgba(240, 130, 110, 0.13)' : 'rgba(200, 60, 30, 0.08)',
    trouble: dark ? '#57302c' : '#f6d6cf',
    troubleEdge: dark ? '#e08573' : '#b5412b',
    error: dark ? '#6b2f2b' : '#f9d9d5',
    errorMerged: dark ? '#9c4a44' : '#e0877f',
    errorEdge: dark ? '#ff8a80' : '#b3261e',
    mark: dark ? '#dfe4ea' : '#39424e',
    count: dark ? '#ffb3a8' : '#8c1d18',
  };
}

function size(canvas, width, height) {
  const ratio = Math.min(devicePixelRatio || 1, 3);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
}

function fresh(canvas) {
  const pen = canvas.getContext('2d');
  const ratio = Math.min(devicePixelRatio || 1, 3);
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.font = FONT;
  return pen;
}

const highest = (lane) => lane.counts.reduce((most, step) => Math.max(most, step.count), 0);

/** Disturbances in rows in which none overlaps; what finds no row is cut where the last one ends. */
function packed(disturbances) {
  const rows = [];
  for (const one of [...disturbances].sort((a, b) => a.from - b.from)) {
    let row = rows.find((list) => list.at(-1).to < one.from || (list.at(-1).to === one.from && one.to > one.from));
    if (!row && rows.length < MOST_BARS) rows.push((row = []));
    if (row) {
      row.push(one);
      continue;
    }
    row = rows.reduce((best, list) => (list.at(-1).to < best.at(-1).to ? list : best));
    const from = row.at(-1).to;
    row.push({ ...one, from, to: Math.max(one.to, from) });
  }
  return rows;
}

/** The stretches in which at least one disturbance lasted. */
function united(disturbances) {
  const spans = disturbances.filter((one) => one.to > one.from).map((one) => [one.from, one.to]);
  spans.sort((one, other) => one[0] - other[0]);
  const all = [];
  for (const [from, to] of spans) {
    if (all.length && from <= all.at(-1)[1]) all.at(-1)[1] = Math.max(all.at(-1)[1], to);
    else all.push([from, to]);
  }
  return all;
}

/** The bands at a pixel: the one that is there, and if it is narrow its neighbours, too. */
function bandsAt(track, scale, x) {
  const middle = scale.at(x);
  const exact = lowerBound(track.to, middle + Number.EPSILON);
  const there = (at) => at < track.bands.length && track.from[at] <= middle && middle <= track.to[at];
  const found = there(exact) ? [track.bands[exact]] : [];
  // A band that is wide enough to be pointed at is meant, not its neighbour of no width.
  if (found.length && scale.x(track.to[exact]) - scale.x(track.from[exact]) >= 8) return found;
  const [from, to] = [scale.at(x - 2), scale.at(x + 2)];
  for (let at = lowerBound(track.to, from); at < track.bands.length && track.from[at] <= to; at += 1) {
    if (found.length === MOST_FOUND) break;
    if (track.bands[at] !== found[0] || at !== exact) found.push(track.bands[at]);
  }
  return found;
}
