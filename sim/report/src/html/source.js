// The text of the scenario with line numbers. A step is a line that brought something about and the
// lines below it that are indented more.

class Source {
  constructor(picture, story) {
    this.story = story;
    this.host = byId('source');
    const lines = picture.source.replace(/\r/g, '').replace(/\n$/, '').split('\n');
    const times = new Map();
    for (const entry of picture.events) {
      if (entry.line !== null) times.set(entry.line, (times.get(entry.line) || 0) + 1);
    }
    this.steps = stepsOf(lines, [...times.keys()].sort((one, other) => one - other));
    const wrong = new Map();
    for (const failure of picture.failures) {
      if (failure.line !== null && !wrong.has(failure.line)) wrong.set(failure.line, failure);
    }
    this.rows = lines.map((text, at) => this.row(text, at + 1, times.get(at + 1), wrong.get(at + 1)));
    this.host.replaceChildren(...this.rows);
  }

  row(text, number, times, failure) {
    const step = this.steps[number - 1];
    const row = make(
      'li',
      { id: `line-${number}`, class: failure ? 'wrong' : '', title: failure ? failure.title : null },
      make('span', { class: 'number', 'aria-hidden': 'true' }, String(number)),
      make('code', {}, coloured(text)),
      times ? make('span', { class: 'times', title: `${many(times, 'time')} something happened because of this line` }, grouped(times)) : null,
      failure && failure.contrast ? make('span', { class: 'remark' }, failure.contrast) : null,
    );
    if (step) {
      row.classList.add('acts');
      row.addEventListener('click', () => this.story.chooseLine(this.story.line === step ? null : step));
      if (times) {
        row.tabIndex = 0;
        row.setAttribute('role', 'button');
        row.setAttribute('aria-label', `line ${number}: ${text.trim()}; show what it brought about`);
        row.addEventListener('keydown', (event) => {
          if (event.key !== 'Enter' && event.key !== ' ') return;
          event.preventDefault();
          this.story.chooseLine(this.story.line === step ? null : step);
        });
      }
    }
    return row;
  }

  /** The lines with events that belong to the step of a line. */
  stepLines(line) {
    return new Set([line]);
  }

  /** Marks the line of the chosen event and shows it. */
  highlight(line, reveal) {
    for (const row of this.host.querySelectorAll('.current')) row.classList.remove('current');
    if (line === null) return;
    this.rows.forEach((row, at) => {
      if (at + 1 === line || this.steps[at] === line) row.classList.add('current');
    });
    const row = this.rows[line - 1];
    if (!row || !reveal) return;
    const top = row.offsetTop - this.host.offsetTop;
    const seen = this.host.clientHeight;
    if (top < this.host.scrollTop || top > this.host.scrollTop + seen - 48) this.host.scrollTop = top - seen / 3;
  }

  /** Marks the line whose events are shown. */
  mark(line) {
    for (const row of this.host.querySelectorAll('.asked')) row.classList.remove('asked');
    if (line !== null) this.rows[line - 1]?.classList.add('asked');
  }
}

/** For each line the line of the step that it belongs to, or 0. */
function stepsOf(lines, acting) {
  const steps = new Array(lines.length).fill(0);
  for (const first of acting) {
    if (first > lines.length) continue;
    steps[first - 1] = first;
    const indent = lines[first - 1].search(/\S/);
    for (let at = first; at < lines.length; at += 1) {
      const own = lines[at].search(/\S/);
      if (own < 0 || own <= indent || acting.includes(at + 1)) break;
      steps[at] = first;
    }
  }
  return steps;
}

/** Keys and comments of a line of YAML stand out; everything else is as it is. */
function coloured(text) {
  const comment = text.search(/(^|\s)#/);
  const body = comment >= 0 && !/["'].*#.*["']/.test(text) ? text.slice(0, comment) : text;
  const parts = [];
  let rest = body;
  const key = /^([^"']*?)([A-Za-z_][\w.@-]*)(:)(?=\s|$)/;
  for (let found = key.exec(rest); found; found = key.exec(rest)) {
    parts.push(found[1], make('span', { class: 'key' }, found[2]), found[3]);
    rest = rest.slice(found[0].length);
  }
  parts.push(rest);
  if (body.length < text.length) parts.push(make('span', { class: 'comment' }, text.slice(body.length)));
  return parts;
}
