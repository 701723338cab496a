// The page of a run: headline, failures, legend, rules; then everything is wired together.

// What an event does not have is not embedded.
const NOTHING = {
  lane: null, milestone: false, client: null, server: null, exchange: null, who: '', what: '',
  count: '', error: '', because: '', detail: '', line: null, held: [], broken: [],
};
data.events = data.events.map((entry) => ({ ...NOTHING, ...entry }));

const story = new Story(data);
const timeline = new Timeline(data, story);
story.timeline = timeline;
story.source = new Source(data, story);
const gestures = new Gestures(timeline, story);

function showHeadline() {
  const rules = data.rules.filter((rule) => !rule.by_design && rule.outcome !== 'not exercised');
  const broken = rules.filter((rule) => rule.outcome === 'broken').length;
  const fact = (name, value) => make('div', {}, make('dt', {}, name), make('dd', {}, value));
  byId('facts').replaceChildren(
    fact('target', data.target),
    fact('seed', String(data.seed)),
    fact('simulated', `${lengthText(data.ended_at)} (${data.end})`),
    fact('wall clock from', data.wall_start.replace('T', ' ').replace('Z', ' UTC')),
    fact('jobs', grouped(data.lanes.length)),
    fact('events', grouped(data.events.length ? data.events.at(-1).last : 0)),
    fact('rules', broken ? `${broken} broken, ${rules.length - broken} held` : `${rules.length} held`),
  );
}

function showFailures() {
  const host = byId('failures');
  if (data.failures.length === 0) {
    host.remove();
    return;
  }
  const [first, ...others] = data.failures;
  host.replaceChildren(
    make('h2', {}, 'What failed first'),
    failureCard(first),
    ...(others.length ? [make('details', {},
      make('summary', {}, `${many(others.length, 'other failure')} in this run`),
      ...others.map(failureCard))] : []),
  );
}

function failureCard(failure) {
  const rule = data.rules.find((one) => one.id === failure.rule);
  const entry = story.byNumber(failure.event);
  const jump = make('div', { class: 'bar jump' });
  if (entry) jump.append(make('a', { href: `#event=${entry.last}` }, `event ${entry.last}`), make('span', { class: 'mono' }, timeText(failure.at)));
  if (failure.line !== null) {
    jump.append(make('button', { class: 'link', type: 'button', onclick: () => showLine(failure.line) }, `line ${failure.line} of the scenario`));
  }
  return make('div', { class: 'failure' },
    make('p', { class: 'what' }, ...worded(failure.title)),
    failure.contrast ? make('p', { class: 'contrast' }, ...worded(failure.contrast)) : null,
    failure.rule ? make('p', {}, failure.broken ? 'broken rule ' : 'rule behind it ', make('code', {}, failure.rule), ': ', rule ? rule.sentence : '', ' ', rule && rule.page ? pageLink(rule) : '') : null,
    failure.follows.length ? make('p', { class: 'follows' }, `from it follows: ${failure.follows.join('; ')}`) : null,
    jump);
}

function showLine(line) {
  story.source.highlight(line, true);
  byId('source').scrollIntoView({ block: 'nearest' });
}

/** Colours of the states, and switches for the kinds of marks. */
function showLegend() {
  const states = new Set(data.lanes.flatMap((lane) => lane.states.map((band) => band.what)));
  const order = Object.keys(STATE_COLORS);
  const sorted = [...states].sort((one, other) => (order.indexOf(one) + 99) % 99 - (order.indexOf(other) + 99) % 99);
  const chips = sorted.map((state) => make('span', { class: 'chip' }, make('i', { class: 'swatch', style: `background:${stateColor(state)}` }), state));
  const hatched = make('span', { class: 'chip' }, make('i', { class: 'swatch hatched' }), 'too many to draw at this zoom');
  const marks = data.lanes.flatMap((lane) => lane.marks);
  const switches = MARK_KINDS.filter(([kind]) => marks.some((mark) => mark.kind === kind)).map(([kind, name]) => {
    const button = make('button', { type: 'button', class: 'chip', 'aria-pressed': String(timeline.shownMarks.has(kind)), title: `show or hide ${name}` },
      make('canvas', { width: 28, height: 28, class: 'glyph', 'data-kind': kind, 'aria-hidden': 'true' }), name);
    button.addEventListener('click', () => {
      const shown = button.getAttribute('aria-pressed') !== 'true';
      button.setAttribute('aria-pressed', String(shown));
      timeline.showMarks(kind, shown);
    });
    return button;
  });
  byId('legend').replaceChildren(...chips, hatched, ...switches);
  drawGlyphs();
}

function drawGlyphs() {
  for (const canvas of document.querySelectorAll('canvas.glyph')) {
    const pen = canvas.getContext('2d');
    pen.setTransform(2, 0, 0, 2, 0, 0);
    pen.clearRect(0, 0, 14, 14);
    drawMark(pen, canvas.dataset.kind, 7, 7, looks().mark);
  }
}

function showRules() {
  const rank = (rule) => (rule.outcome === 'broken' ? 0 : rule.declared ? 1 : 2);
  const rules = data.rules.filter((rule) => rule.outcome !== 'not exercised').sort((one, other) => rank(one) - rank(other));
  byId('rule-rows').replaceChildren(...rules.map((rule) => make('tr', {},
    make('td', {}, make('button', { class: 'link mono', type: 'button', title: 'the events of this rule', onclick: () => story.filterRule(rule.id) }, rule.id)),
    make('td', { class: rule.outcome === 'broken' ? 'bad' : 'good' }, outcomeText(rule)),
    make('td', { class: 'num' }, grouped(rule.times)),
    make('td', {}, rule.sentence),
    make('td', {}, rule.page ? pageLink(rule) : ''))));
  const broken = rules.filter((rule) => rule.outcome === 'broken' && !rule.by_design).length;
  byId('rules-sum').textContent = broken ? `${broken} broken, ${rules.length - broken} held` : `${rules.length} held`;
}

function outcomeText(rule) {
  const text = rule.by_design && rule.outcome === 'broken' ? 'broken on purpose' : rule.outcome;
  return rule.declared ? `${text}, declared` : text;
}

function chooseByHash() {
  const found = /^#event=(\d+)$/.exec(location.hash);
  if (!found) return false;
  const entry = story.byNumber(Number(found[1]));
  if (!entry) return false;
  if (!story.shown.includes(entry)) byId('reset').click();
  story.choose(entry, 'hash');
  return true;
}

showHeadline();
showFailures();
showLegend();
showRules();
showDetails(story, null);
story.filter();
timeline.layOut();
darkScheme.addEventListener('change', drawGlyphs);
addEventListener('hashchange', () => {
  if (chooseByHash()) byId('timeline').scrollIntoView({ block: 'nearest' });
});
addEventListener('beforeprint', () => timeline.draw());
addEventListener('afterprint', () => timeline.draw());
if (!chooseByHash() && data.failures.length) {
  const entry = story.byNumber(data.failures[0].event);
  if (entry) {
    story.choose(entry, 'hash');
    if (data.failures[0].line !== null) story.source.highlight(data.failures[0].line, true);
  }
}
document.documentElement.dataset.ready = 'yes';
