// What happened, as a table and one by one: filters, the chosen event, its details.

const ROW_HEIGHT = 24;
const MOST_PRINTED = 2000;

class Story {
  constructor(picture) {
    this.picture = picture;
    this.chosen = null;
    this.line = null;
    this.shown = picture.events;
    this.body = byId('rows');
    this.grid = byId('grid');
    this.search = picture.events.map((entry) => [
      entry.who, entry.what, entry.count, entry.error, entry.because, entry.detail, entry.client || '',
      entry.held.join(' '), entry.broken.join(' '), `#${entry.last}`,
    ].join('\n').toLowerCase());
    this.redraw = oncePerFrame(() => this.draw());
    const letters = (text) => `${Math.ceil(text.length * 7.3) + 4}px`;
    const last = picture.events.at(-1);
    this.grid.style.setProperty('--number', letters(last ? String(last.last) : '0000'));
    this.grid.style.setProperty('--time', letters(timeText(picture.ended_at)));
    const names = picture.events.reduce((most, entry) => Math.max(most, entry.who.length), 3);
    this.grid.style.setProperty('--who', `${Math.min(Math.ceil(names * 7) + 4, 110)}px`);
    this.fillFilters();
    this.grid.addEventListener('scroll', this.redraw);
    this.grid.addEventListener('keydown', (event) => this.key(event));
    this.body.addEventListener('click', (event) => {
      const row = event.target.closest('[data-at]');
      if (row) this.choose(this.shown[Number(row.dataset.at)], 'table');
    });
    new ResizeObserver(this.redraw).observe(this.grid);
    addEventListener('beforeprint', () => this.draw(true));
    addEventListener('afterprint', () => this.draw());
  }

  fillFilters() {
    const { picture } = this;
    offer(byId('job'), [['', 'all jobs'], ...picture.lanes.map((lane, at) => [String(at), lane.job])]);
    byId('job').hidden = picture.lanes.length < 2;
    const times = new Map();
    for (const entry of picture.events) {
      for (const rule of [...entry.held, ...entry.broken]) times.set(rule, (times.get(rule) || 0) + 1);
    }
    const rules = picture.rules.filter((rule) => times.has(rule.id));
    const name = (rule) => `${rule.id}${rule.outcome === 'broken' ? ' (broken)' : ''}`;
    offer(byId('rule'), [['', 'all rules'], ...rules.map((rule) => [rule.id, name(rule)])]);
    for (const id of ['job', 'rule', 'milestones']) byId(id).addEventListener('change', () => this.filter());
    byId('text').addEventListener('input', () => this.filter());
    byId('unline').addEventListener('click', () => this.chooseLine(null));
    byId('reset').addEventListener('click', () => {
      for (const id of ['job', 'rule', 'text']) byId(id).value = '';
      byId('milestones').checked = false;
      this.chooseLine(null);
    });
  }

  filter() {
    const job = byId('job').value;
    const rule = byId('rule').value;
    const only = byId('milestones').checked;
    const text = byId('text').value.trim().toLowerCase();
    const lines = this.line === null ? null : this.source.stepLines(this.line);
    const fits = (entry, at) => (job === '' || entry.lane === Number(job))
      && (!only || entry.milestone)
      && (text === '' || this.search[at].includes(text))
      && (rule === '' || entry.held.includes(rule) || entry.broken.includes(rule))
      && (lines === null || (entry.line !== null && lines.has(entry.line)));
    this.shown = this.picture.events.filter(fits);
    byId('line-chip').hidden = this.line === null;
    if (this.line !== null) byId('line-text').textContent = `brought about by line ${this.line}`;
    const all = this.picture.events.length;
    const some = this.shown.length < all;
    const entries = all === 1 ? '1 entry' : `${grouped(all)} entries`;
    byId('matches').textContent = some ? `${grouped(this.shown.length)} of ${entries}` : entries;
    byId('reset').hidden = !some;
    this.grid.setAttribute('aria-rowcount', String(this.shown.length + 1));
    if (some && (rule !== '' || lines !== null || text !== '')) this.timeline.mark(this.shown);
    else this.timeline.mark([]);
    this.showRow();
    this.draw();
  }

  filterJob(lane) {
    byId('job').value = byId('job').value === String(lane) ? '' : String(lane);
    this.filter();
  }

  filterRule(rule) {
    byId('rule').value = rule;
    this.filter();
    byId('events').scrollIntoView({ block: 'start' });
  }

  /** The entry that an event's number belongs to. */
  byNumber(number) {
    const events = this.picture.events;
    let [low, high] = [0, events.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (events[middle].last < number) low = middle + 1;
      else high = middle;
    }
    return events[low] && events[low].first <= number ? events[low] : null;
  }

  /** Chooses an entry; `from` says where, so that this part of the page does not move. */
  choose(entry, from) {
    this.chosen = entry;
    showDetails(this, entry);
    this.timeline.choose(entry, from !== 'timeline');
    this.source.highlight(entry ? entry.line : null, entry !== null);
    if (entry && from !== 'hash') {
      const hash = `#event=${entry.last}`;
      if (location.hash !== hash) history.replaceState(null, '', hash);
    } else if (!entry && location.hash) {
      history.replaceState(null, '', location.pathname + location.search);
    }
    if (from !== 'table') this.showRow();
    this.draw();
  }

  chooseLine(line) {
    this.line = line;
    this.source.mark(line);
    this.filter();
    if (line !== null && this.shown.length && !this.shown.includes(this.chosen)) this.choose(this.shown[0]);
  }

  /** Goes to the next or previous entry of the table. */
  step(by) {
    const at = this.shown.indexOf(this.chosen);
    const next = at < 0 ? (by > 0 ? 0 : this.shown.length - 1) : at + by;
    if (this.shown[next]) this.choose(this.shown[next]);
  }

  key(event) {
    const page = Math.max(1, Math.floor(this.grid.clientHeight / ROW_HEIGHT) - 2);
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const last = this.shown.length - 1;
    const at = this.shown.indexOf(this.chosen);
    const next = Math.min(Math.max((at < 0 ? (by > 0 ? -1 : 0) : at) + by, 0), last);
    if (this.shown[next]) this.choose(this.shown[next]);
  }

  /** Scrolls the table so that the chosen entry can be seen. */
  showRow() {
    const at = this.shown.indexOf(this.chosen);
    if (at < 0) return;
    const head = byId('head').offsetHeight;
    const [top, bottom] = [at * ROW_HEIGHT, (at + 1) * ROW_HEIGHT];
    const seen = this.grid.clientHeight - head;
    if (top < this.grid.scrollTop) this.grid.scrollTop = top - ROW_HEIGHT;
    else if (bottom > this.grid.scrollTop + seen) this.grid.scrollTop = bottom - seen + ROW_HEIGHT;
  }

  /** Only the rows that can be seen are elements. On paper, as many as anybody would read. */
  draw(printed) {
    const all = this.shown.length;
    const first = printed ? 0 : Math.max(0, Math.floor(this.grid.scrollTop / ROW_HEIGHT) - 8);
    const most = printed ? MOST_PRINTED : Math.ceil(this.grid.clientHeight / ROW_HEIGHT) + 16;
    const last = Math.min(all, first + most);
    const rows = [];
    for (let at = first; at < last; at += 1) rows.push(this.row(this.shown[at], at));
    this.body.style.height = printed ? 'auto' : `${all * ROW_HEIGHT}px`;
    this.body.style.paddingTop = printed ? '0' : `${first * ROW_HEIGHT}px`;
    if (all === 0) rows.push(make('div', { class: 'none soft' }, 'nothing fits these filters'));
    this.body.replaceChildren(...rows);
    const chosen = this.chosen && this.shown.includes(this.chosen);
    if (chosen) this.grid.setAttribute('aria-activedescendant', `row-${this.chosen.last}`);
    else this.grid.removeAttribute('aria-activedescendant');
  }

  row(entry, at) {
    const cell = (name, text, title) => make('span', { role: 'gridcell', class: `c-${name}`, title }, text);
    const chosen = entry === this.chosen;
    const broken = entry.broken.length > 0 || this.failed(entry);
    const kind = ['row', chosen ? 'chosen' : '', broken ? 'broken' : '', entry.milestone ? '' : 'minor'].join(' ');
    return make(
      'div',
      { role: 'row', id: `row-${entry.last}`, class: kind, 'data-at': at, 'aria-rowindex': at + 2, 'aria-selected': String(chosen) },
      cell('number', String(entry.last)),
      cell('time', timeText(entry.at)),
      cell('who', entry.who, entry.who),
      cell('what', entry.what, entry.detail || entry.what),
      cell('count', entry.count.replace(' -> ', '\u2192'), entry.count),
      cell('error', entry.error, entry.error),
      cell('because', entry.because, entry.because),
      cell('line', entry.line === null ? '' : String(entry.line)),
    );
  }

  failed(entry) {
    return this.picture.failures.some((failure) => failure.event >= entry.first && failure.event <= entry.last);
  }
}

/** What there is to say about an entry. */
function showDetails(story, entry) {
  const host = byId('details');
  if (!entry) {
    host.replaceChildren(make('p', { class: 'soft' }, 'Click a band, a mark, a row of the table or a line of the scenario to see what happened there.'));
    return;
  }
  const { picture } = story;
  const facts = [];
  const fact = (name, ...value) => facts.push(make('div', {}, make('dt', {}, name), make('dd', {}, ...value)));
  fact('time', make('span', { class: 'mono' }, timeText(entry.at)));
  fact('who', entry.client && entry.client !== entry.who ? `${entry.who}, client ${entry.client}` : entry.who || '-');
  if (entry.because) fact('because', entry.because);
  if (entry.count) fact('error count', entry.count);
  if (entry.error && entry.error !== '-') fact(picture.error_title, entry.error);
  if (entry.line !== null) fact('scenario', make('button', { class: 'link', type: 'button', onclick: () => story.chooseLine(entry.line) }, `line ${entry.line}`));
  const world = picture.disturbances.filter((one) => one.from <= entry.at && entry.at <= one.to && one.event !== entry.last);
  if (world.length) {
    const names = world.slice(0, 4).map((one) => (one.who ? `${one.what} (${one.who})` : one.what));
    if (world.length > 4) names.push(`${world.length - 4} more`);
    fact('in force', names.join('; '));
  }
  const ruleOf = (id) => picture.rules.find((one) => one.id === id) || { sentence: '' };
  const ruleLink = (id) => make('button', { class: 'link mono', type: 'button', title: ruleOf(id).sentence, onclick: () => story.filterRule(id) }, id);
  const failures = picture.failures.filter((one) => one.event >= entry.first && one.event <= entry.last);
  const number = entry.first === entry.last ? `event ${entry.last}` : `events ${entry.first} to ${entry.last}`;
  for (const id of entry.broken) {
    const rule = ruleOf(id);
    facts.push(make('div', { class: 'broken' }, make('dt', {}, 'broken'), make('dd', {}, ruleLink(id), ' ', rule.sentence, ' ', rule.page ? pageLink(rule) : '')));
  }
  if (entry.held.length) {
    facts.push(make('div', { class: 'held' }, make('dt', {}, 'held'), make('dd', { class: 'ids' }, ...entry.held.map(ruleLink))));
  }
  host.replaceChildren(
    make('div', { class: 'bar' },
      make('h3', {}, entry.what),
      make('span', { class: 'pager push' },
        make('span', { class: 'soft' }, number),
        make('button', { type: 'button', title: 'previous entry (p)', 'aria-label': 'previous entry', onclick: () => story.step(-1) }, '\u2039'),
        make('button', { type: 'button', title: 'next entry (n)', 'aria-label': 'next entry', onclick: () => story.step(1) }, '\u203a'))),
    ...(entry.detail ? [make('p', { class: 'detail' }, entry.detail)] : []),
    ...failures.map((one) => make('p', { class: 'bad' }, ...worded([one.title, one.contrast].filter(Boolean).join(': ')))),
    make('dl', {}, ...facts),
  );
}
