// A lane: the states of a job as bands, and below them the life of its error information, its error
// count, and marks for points in time.

class LaneView {
  constructor(lane) {
    this.lane = lane;
    this.states = new Track(lane.states);
    this.errors = new Track(lane.errors);
    this.counted = lane.counts.length > 1 || lane.counts.some((step) => step.count > 0);
  }

  place(scale, shown) {
    this.states.place(scale);
    this.errors.place(scale);
    this.counts = Float64Array.from(this.lane.counts, (step) => scale.place(step.at));
    this.marks = this.lane.marks.filter((mark) => shown.has(mark.kind));
    this.markPlaces = Float64Array.from(this.marks, (mark) => scale.place(mark.at));
  }

  /** Where each row of the lane begins, and how high it all is. */
  height() {
    this.rows = {};
    let top = LANE_PAD;
    const add = (name, present) => {
      if (!present) return;
      this.rows[name] = top;
      top += ROW[name] + 2;
    };
    add('marks', this.marks.length > 0);
    add('state', true);
    add('errors', this.lane.errors.length > 0);
    add('count', this.counted);
    this.high = top + LANE_PAD - 2;
    return this.high;
  }

  draw(pen, timeline, top) {
    const { scale, look } = timeline;
    drawTrack(pen, this.states, scale, top + this.rows.state, ROW.state, {
      wide: (on, band, x0, x1, y, height) => {
        const color = stateColor(band.what);
        on.fillStyle = color;
        on.fillRect(x0, y, x1 - x0, height);
        on.fillStyle = 'rgba(0, 0, 0, 0.28)';
        on.fillRect(x0, y, 1, height);
        const from = Math.max(x0, scale.left) + 5;
        on.fillStyle = inkOn(color);
        fitText(on, band.what, from, y + height / 2 + 0.5, x1 - from - 4, 34);
      },
      merged: (on, merged, track, weights, y, height, left) => {
        drawMerged(on, merged, track, weights, y, height, left, stateColor);
      },
    });
    if (this.rows.errors !== undefined) this.drawErrors(pen, timeline, top + this.rows.errors);
    if (this.rows.count !== undefined) {
      const colors = { line: look.count, text: look.count };
      const last = this.lane.states.at(-1);
      const end = scale.place(last ? last.to : scale.end);
      drawSteps(pen, this.lane.counts, this.counts, scale, timeline.most, end, top + this.rows.count, ROW.count, colors);
    }
    if (this.rows.marks !== undefined) this.drawMarks(pen, timeline, top + this.rows.marks);
  }

  drawErrors(pen, { scale, look }, top) {
    drawTrack(pen, this.errors, scale, top, ROW.errors, {
      wide: (on, band, x0, x1, y, height) => {
        on.fillStyle = look.error;
        on.fillRect(x0, y, x1 - x0, height);
        on.fillStyle = look.errorEdge;
        on.fillRect(x0, y + height - 2, x1 - x0, 2);
        on.fillRect(x0, y, 1, height);
        const from = Math.max(x0, scale.left) + 5;
        on.fillStyle = look.ink;
        fitText(on, band.what, from, y + height / 2 - 0.5, x1 - from - 4, 40);
      },
      merged: (on, merged, track, weights, y, height, left) => {
        drawMerged(on, merged, track, weights, y, height, left, () => look.errorMerged);
      },
    });
  }

  /** Marks that would touch each other are drawn as one capsule with their number. */
  drawMarks(pen, { scale, look }, top) {
    const y = top + ROW.marks / 2;
    const clusters = [];
    const first = lowerBound(this.markPlaces, scale.at(scale.left - 8));
    for (let at = first; at < this.marks.length; at += 1) {
      const x = scale.x(this.markPlaces[at]);
      if (x > scale.left + scale.width + 8) break;
      const last = clusters.at(-1);
      if (last && x - last.x1 < 11) {
        last.x1 = x;
        last.count += 1;
        if (this.marks[at].kind !== last.kind) last.mixed = true;
      } else {
        clusters.push({ x0: x, x1: x, count: 1, kind: this.marks[at].kind, mixed: false });
      }
    }
    clusters.forEach((cluster, index) => {
      if (cluster.count === 1) {
        drawMark(pen, cluster.kind, cluster.x0, y, look.mark);
        return;
      }
      const names = new Map(MARK_KINDS);
      const kind = cluster.mixed ? 'marks' : names.get(cluster.kind) || cluster.kind;
      const next = clusters[index + 1];
      const text = `${grouped(cluster.count)}`;
      const wide = `${text} ${kind}`;
      const middle = (cluster.x0 + cluster.x1) / 2;
      const board = (shown) => Math.max(cluster.x1 - cluster.x0 + 10, pen.measureText(shown).width + 8);
      const room = cluster.x1 - cluster.x0 + 10 >= pen.measureText(wide).width + 8;
      const shown = room ? wide : text;
      let width = board(shown);
      if (next && middle + width / 2 > next.x0 - 5) width = Math.max(cluster.x1 - cluster.x0 + 10, 10);
      pen.fillStyle = look.cluster;
      pen.strokeStyle = look.mark;
      pen.lineWidth = 1;
      pen.beginPath();
      pen.roundRect(middle - width / 2, y - 7, width, 14, 4);
      pen.fill();
      pen.stroke();
      pen.fillStyle = look.ink;
      if (pen.measureText(shown).width + 4 <= width) {
        pen.fillText(shown, middle - pen.measureText(shown).width / 2, y + 0.5);
      }
    });
  }

  /** What is at a point: entries with the number of an event, a time and a text. */
  hit(scale, x, y, timeline) {
    const row = Object.keys(this.rows).find((name) => y >= this.rows[name] - 1 && y < this.rows[name] + ROW[name] + 1);
    if (row === 'marks') {
      const from = lowerBound(this.markPlaces, scale.at(x - 7));
      const found = [];
      for (let at = from; at < this.marks.length && this.markPlaces[at] <= scale.at(x + 7); at += 1) {
        if (found.length === MOST_FOUND) break;
        found.push({ event: this.marks[at].event, from: this.marks[at].at, text: this.marks[at].what, kind: this.marks[at].kind });
      }
      const far = (one) => Math.abs(scale.x(scale.place(one.from)) - x);
      return found.sort((one, other) => far(one) - far(other));
    }
    if (row === 'count') {
      const at = lowerBound(this.counts, scale.at(x) + Number.EPSILON);
      const index = Math.max(0, this.counts[at] <= scale.at(x) ? at : at - 1);
      const step = this.lane.counts[index];
      if (!step || scale.at(x + 1) < this.counts[0]) return [];
      const next = this.lane.counts[index + 1];
      return [{ event: step.event, from: step.at, to: next ? next.at : timeline.picture.ended_at, text: `error count ${step.count}` }];
    }
    const track = row === 'errors' ? this.errors : this.states;
    return bandsAt(track, scale, x).map((band) => ({
      event: band.event, from: band.from, to: band.to, text: band.what, state: row !== 'errors', cause: band.cause,
    }));
  }
}
