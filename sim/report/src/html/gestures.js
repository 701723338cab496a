// Wheel, pointer and keys on the timeline, the overview below it, and what is shown on hovering.

class Gestures {
  constructor(timeline, story) {
    this.timeline = timeline;
    this.story = story;
    this.host = byId('timeline');
    this.tip = byId('tip');
    this.latestWheel = 0;
    for (const canvas of [timeline.top, timeline.canvas]) {
      canvas.addEventListener('wheel', (event) => this.wheel(event, canvas), { passive: false });
      canvas.addEventListener('pointerdown', (event) => this.press(event, canvas));
      canvas.addEventListener('pointermove', (event) => this.hover(event, canvas));
      canvas.addEventListener('pointerleave', () => this.hideTip());
      canvas.addEventListener('dblclick', () => this.change(() => timeline.scale.fit()));
    }
    addEventListener('wheel', (event) => {
      // A page that is being scrolled goes on scrolling when the timeline comes under the pointer.
      if (!event.defaultPrevented) this.latestPageWheel = event.timeStamp;
    }, { passive: true });
    this.host.addEventListener('keydown', (event) => this.key(event));
    byId('zoom-in').addEventListener('click', () => this.zoom(0.5));
    byId('zoom-out').addEventListener('click', () => this.zoom(2));
    byId('fit').addEventListener('click', () => this.change(() => timeline.scale.fit()));
    byId('by-moments').addEventListener('click', () => this.swapScale());
    new Overview(timeline, this);
  }

  change(work) {
    work();
    this.hideTip();
    this.timeline.redraw();
  }

  /** Zooms around what is chosen, if it can be seen, or else the middle. */
  zoom(factor) {
    const { scale, chosen } = this.timeline;
    const at = chosen ? scale.x(scale.place(chosen.at)) : NaN;
    const seen = at >= scale.left && at <= scale.left + scale.width;
    this.change(() => scale.zoom(factor, seen ? at : scale.left + scale.width / 2));
  }

  swapScale() {
    const kind = this.timeline.scale.kind === SCALES.time ? SCALES.moments : SCALES.time;
    byId('by-moments').setAttribute('aria-pressed', String(kind === SCALES.moments));
    this.hideTip();
    this.timeline.useScale(kind);
  }

  wheel(event, canvas) {
    const { scale } = this.timeline;
    const out = event.deltaY > 0;
    const fromPage = this.latestPageWheel && event.timeStamp - this.latestPageWheel < 250;
    if (fromPage || (out && scale.isFit && !event.shiftKey)) return;
    if (canvas === this.timeline.canvas && event.offsetX < this.timeline.gutter) return;
    event.preventDefault();
    this.latestPageWheel = 0;
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      this.change(() => scale.pan((event.deltaX || event.deltaY) / 800));
      return;
    }
    const unit = event.deltaMode === 1 ? 30 : event.deltaMode === 2 ? 300 : 1;
    const factor = Math.exp(Math.min(Math.max(event.deltaY * unit, -300), 300) * 0.0022);
    this.change(() => scale.zoom(factor, event.offsetX));
  }

  press(event, canvas) {
    if (event.button !== 0) return;
    const { scale, scroller } = this.timeline;
    const start = { x: event.clientX, y: event.clientY, from: scale.from, to: scale.to, top: scroller.scrollTop };
    const offset = [event.offsetX, event.offsetY];
    let moved = false;
    canvas.setPointerCapture(event.pointerId);
    const move = (now) => {
      const [x, y] = [now.clientX - start.x, now.clientY - start.y];
      if (!moved && Math.abs(x) + Math.abs(y) < 4) return;
      moved = true;
      canvas.classList.add('dragged');
      const by = (x / scale.width) * (start.to - start.from);
      scroller.scrollTop = start.top - y;
      this.change(() => scale.show(start.from - by, start.to - by));
    };
    const up = () => {
      canvas.removeEventListener('pointermove', move);
      canvas.removeEventListener('pointerup', up);
      canvas.removeEventListener('pointercancel', up);
      canvas.classList.remove('dragged');
      if (!moved) this.click(canvas, ...offset);
    };
    canvas.addEventListener('pointermove', move);
    canvas.addEventListener('pointerup', up);
    canvas.addEventListener('pointercancel', up);
  }

  hits(canvas, x, y) {
    if (canvas === this.timeline.top) return { found: this.timeline.topHit(x, y) };
    return this.timeline.laneHit(x, y) || { found: [] };
  }

  click(canvas, x, y) {
    const { lane, found } = this.hits(canvas, x, y);
    if (lane && x < this.timeline.gutter) {
      this.story.filterJob(this.timeline.lanes.indexOf(lane));
      return;
    }
    const events = found.map((one) => one.event).filter((event) => event > 0);
    if (events.length) {
      // A second click where several things are goes on to the next one.
      const chosen = this.story.chosen ? events.indexOf(this.story.chosen.last) : -1;
      this.story.choose(this.story.byNumber(events[(chosen + 1) % events.length]), 'timeline');
    } else if (found.length && found[0].line) {
      this.story.chooseLine(found[0].line);
    }
  }

  hover(event, canvas) {
    if (event.buttons) return;
    const { lane, found } = this.hits(canvas, event.offsetX, event.offsetY);
    canvas.style.cursor = found.length || (lane && event.offsetX < this.timeline.gutter) ? 'pointer' : 'grab';
    if (!found.length) {
      if (lane && event.offsetX < this.timeline.gutter) this.showTip(event, [make('b', {}, lane.lane.job), make('div', { class: 'soft' }, 'click for the events of this job alone')]);
      else this.hideTip();
      return;
    }
    const most = 5;
    const lines = found.slice(0, most).map((one) => this.tipLine(one, lane, found.length === 1));
    if (found.length > most) {
      const more = found.length === MOST_FOUND ? 'many more' : `${found.length - most} more`;
      lines.push(make('div', { class: 'soft' }, `and ${more} here; zoom in to tell them apart`));
    }
    this.showTip(event, lines);
  }

  tipLine(one, lane, alone) {
    const entry = this.story.byNumber(one.event);
    const swatch = one.state ? make('i', { class: 'swatch', style: `background:${stateColor(one.what || one.text)}` }) : null;
    const lasted = one.to === undefined ? timeText(one.from)
      : `${timeText(one.from)} to ${timeText(one.to)}, ${lengthText(one.to - one.from)}`;
    const parts = [make('div', {}, swatch, make('b', {}, one.text)), make('div', { class: 'soft' }, lasted)];
    if (alone && entry) {
      const facts = [`event ${entry.last}`, entry.because, entry.line ? `line ${entry.line}` : ''];
      parts.push(make('div', { class: 'soft' }, facts.filter(Boolean).join(', ')));
      if (entry.broken.length) parts.push(make('div', { class: 'bad' }, `broken: ${entry.broken.join(', ')}`));
    } else if (alone && one.line) {
      parts.push(make('div', { class: 'soft' }, `line ${one.line}`));
    }
    return make('div', { class: 'tip-line' }, ...parts);
  }

  showTip(event, lines) {
    this.tip.replaceChildren(...lines);
    this.tip.hidden = false;
    const box = this.tip.getBoundingClientRect();
    const x = Math.min(event.clientX + 14, innerWidth - box.width - 8);
    const below = event.clientY + 18;
    const y = below + box.height > innerHeight - 6 ? event.clientY - box.height - 12 : below;
    this.tip.style.transform = `translate(${Math.max(4, x)}px, ${Math.max(4, y)}px)`;
  }

  hideTip() {
    this.tip.hidden = true;
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { scale, scroller } = this.timeline;
    const does = {
      '+': () => this.zoom(0.5),
      '=': () => this.zoom(0.5),
      '-': () => this.zoom(2),
      _: () => this.zoom(2),
      0: () => this.change(() => scale.fit()),
      f: () => this.change(() => scale.fit()),
      s: () => this.swapScale(),
      ArrowLeft: () => this.change(() => scale.pan(-0.15)),
      ArrowRight: () => this.change(() => scale.pan(0.15)),
      Home: () => this.change(() => scale.show(0, scale.to - scale.from)),
      End: () => this.change(() => scale.show(scale.span - (scale.to - scale.from), scale.span)),
      ArrowUp: () => scroller.scrollBy(0, -60),
      ArrowDown: () => scroller.scrollBy(0, 60),
      n: () => this.story.step(1),
      p: () => this.story.step(-1),
      Escape: () => this.story.choose(null),
    }[event.key];
    if (!does || event.target !== this.host) return;
    event.preventDefault();
    does();
  }
}

/** The whole run in small, with a window for what is shown above. */
class Overview {
  constructor(timeline, gestures) {
    this.timeline = timeline;
    this.gestures = gestures;
    this.canvas = byId('overview');
    this.height = 30;
    timeline.onDraw = () => this.draw();
    this.canvas.addEventListener('pointerdown', (event) => this.press(event));
  }

  draw() {
    const { scale, look, gutter } = this.timeline;
    const width = gutter + scale.width + 10;
    const state = [width, devicePixelRatio, scale.kind, isDark()].join();
    if (this.state !== state) {
      this.state = state;
      size(this.canvas, width, this.height);
      this.drawRun(width);
    }
    const pen = fresh(this.canvas);
    pen.drawImage(this.run, 0, 0, width, this.height);
    pen.save();
    pen.beginPath();
    pen.rect(scale.left - 1, 0, scale.width + 11, this.height);
    pen.clip();
    const [x0, x1] = [this.x(scale.from), this.x(scale.to)];
    pen.fillStyle = isDark() ? 'rgba(20, 23, 28, 0.72)' : 'rgba(246, 247, 249, 0.78)';
    pen.fillRect(scale.left - 1, 0, x0 - scale.left + 1, this.height);
    pen.fillRect(x1, 0, scale.left + scale.width + 10 - x1, this.height);
    pen.strokeStyle = look.accent;
    pen.lineWidth = 2;
    pen.strokeRect(x0 + 1, 1, Math.max(x1 - x0 - 2, 3), this.height - 2);
    pen.restore();
  }

  /** The whole run does not change while people look at parts of it: it is drawn once. */
  drawRun(width) {
    const { timeline } = this;
    const { scale, look, gutter } = timeline;
    this.run = document.createElement('canvas');
    size(this.run, width, this.height);
    const pen = fresh(this.run);
    const [from, to] = [scale.from, scale.to];
    scale.fit();
    pen.save();
    pen.beginPath();
    pen.rect(scale.left - 1, 0, scale.width + 11, this.height);
    pen.clip();
    const shown = timeline.lanes.slice(0, 8);
    const high = Math.max(2, Math.floor((this.height - 8) / Math.max(shown.length, 1)) - 1);
    shown.forEach((lane, index) => {
      drawTrack(pen, lane.states, scale, 4 + index * (high + 1), high, {
        wide: (on, band, x0, x1, y, height) => {
          on.fillStyle = stateColor(band.what);
          on.fillRect(x0, y, x1 - x0, height);
        },
        merged: (on, merged, track, weights, y, height, left) => {
          drawMerged(on, { ...merged, count: 1 }, track, weights, y, height, left, stateColor);
        },
      });
    });
    pen.fillStyle = look.bad;
    for (const failure of timeline.picture.failures) {
      pen.fillRect(scale.x(scale.place(failure.at)) - 1, 0, 2, this.height);
    }
    pen.restore();
    pen.fillStyle = look.soft;
    pen.textBaseline = 'middle';
    fitText(pen, 'whole run', 4, this.height / 2, gutter - 10, 20);
    scale.from = from;
    scale.to = to;
  }

  /** The pixel of a place in the overview. */
  x(place) {
    const { scale } = this.timeline;
    return scale.left + ((place + scale.span * 0.012) / (scale.span * 1.024)) * scale.width;
  }

  /** A place of the whole run at a pixel. */
  at(x) {
    const { scale } = this.timeline;
    const span = scale.span * 1.024;
    return ((x - scale.left) / scale.width) * span - scale.span * 0.012;
  }

  /** Inside the window a drag moves it; outside it draws a new one, and a click centres it. */
  press(event) {
    const { scale } = this.timeline;
    const start = this.at(event.offsetX);
    const width = scale.to - scale.from;
    const inside = start >= scale.from && start <= scale.to && !scale.isFit;
    const grip = start - scale.from;
    this.canvas.setPointerCapture(event.pointerId);
    let moved = false;
    const move = (now) => {
      moved = true;
      const place = this.at(now.offsetX);
      if (inside) this.gestures.change(() => scale.show(place - grip, place - grip + width));
      else this.gestures.change(() => scale.show(Math.min(start, place), Math.max(start, place)));
    };
    const up = () => {
      this.canvas.removeEventListener('pointermove', move);
      this.canvas.removeEventListener('pointerup', up);
      if (!moved && !inside) this.gestures.change(() => scale.show(start - width / 2, start + width / 2));
    };
    this.canvas.addEventListener('pointermove', move);
    this.canvas.addEventListener('pointerup', up);
  }
}
