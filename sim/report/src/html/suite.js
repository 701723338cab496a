// The page of a suite: failures, runs, rules, and what the runs took from the transition tables.

const FIRST_SHOWN = 300;
const OUTCOMES = { held: 'held', broken: 'broken', unsettled: 'not settled', fault: 'not played', idle: 'not exercised', unchecked: 'no check' };
const RANK = ['fault', 'broken', 'unsettled', 'held'];

const tallied = (list, key) => list.reduce((sums, one) => sums.set(one[key], (sums.get(one[key]) || 0) + 1), new Map());

/** The command that writes the page of a run. */
function command(run) {
  const on = run.target === 'bits' ? '' : ` --on ${run.target}`;
  const seed = run.seed === 0 ? '' : ` --seed ${run.seed}`;
  return `bitsim trace ${run.path}${on}${seed} --as html -o run.html`;
}

function showHeadline() {
  const fact = (name, value) => make('div', {}, make('dt', {}, name), make('dd', {}, value));
  const rules = tallied(data.rules, 'outcome');
  const words = ['broken', 'held', 'idle'].filter((kind) => rules.get(kind)).map((kind) => `${rules.get(kind)} ${OUTCOMES[kind]}`);
  byId('facts').replaceChildren(
    fact('scenarios', grouped(data.scenarios)),
    fact('simulated', data.simulated),
    fact('events', grouped(data.runs.reduce((sum, run) => sum + run.events, 0))),
    fact('rules', words.join(', ')),
  );
}

function showFailures() {
  const failed = data.runs.filter((run) => run.outcome !== 'held');
  if (failed.length === 0) {
    byId('failures').remove();
    byId('to-failures').remove();
    return;
  }
  failed.sort((one, other) => RANK.indexOf(one.outcome) - RANK.indexOf(other.outcome));
  byId('failures-title').textContent = `What failed: ${many(failed.length, 'run')}`;
  const cards = failed.map((run) => {
    const { failure } = run;
    const facts = failure ? [failure.rule, failure.line !== null ? `${run.path}:${failure.line}` : run.path, failure.event ? `event ${failure.event}` : null] : [run.path];
    const more = failure && failure.others ? `, and ${many(failure.others, 'other failure')}` : '';
    return make('div', { class: 'failure' },
      make('p', {}, make('a', { href: `#run-${data.runs.indexOf(run)}`, class: 'mono' }, run.name), ` ${OUTCOMES[run.outcome]}${more}`),
      make('p', { class: 'what' }, ...worded(failure ? failure.title : run.title)),
      failure && failure.contrast ? make('p', { class: 'contrast' }, ...worded(failure.contrast)) : null,
      make('p', { class: 'soft' }, facts.filter(Boolean).join(', ')),
      make('p', {}, make('code', {}, command(run))));
  });
  byId('failure-list').replaceChildren(...cards);
}

const runs = { rule: null, by: null, down: true, most: FIRST_SHOWN };

function setUpRuns() {
  const outcomes = tallied(data.runs, 'outcome');
  offer(byId('run-outcome'), [['', 'all outcomes'], ...RANK.filter((kind) => outcomes.has(kind)).map((kind) => [kind, `${OUTCOMES[kind]} (${outcomes.get(kind)})`])]);
  const targets = [...tallied(data.runs, 'target')];
  offer(byId('run-target'), [['', 'all targets'], ...targets.map(([target, times]) => [target, `${target} (${times})`])]);
  const again = () => {
    runs.most = FIRST_SHOWN;
    showRuns();
  };
  byId('run-outcome').addEventListener('change', again);
  byId('run-target').addEventListener('change', again);
  byId('run-text').addEventListener('input', again);
  byId('run-rule').addEventListener('click', () => onlyRule(null));
  byId('run-more').addEventListener('click', () => {
    runs.most += FIRST_SHOWN;
    showRuns();
  });
  for (const button of document.querySelectorAll('[data-by]')) {
    button.addEventListener('click', () => {
      const { by } = button.dataset;
      runs.down = runs.by === by ? !runs.down : !['name', 'target', 'outcome'].includes(by);
      runs.by = by;
      again();
    });
  }
  addEventListener('beforeprint', () => {
    runs.most = Infinity;
    showRuns();
  });
  const held = data.runs.find((run) => run.outcome === 'held') || data.runs[0];
  if (held) byId('run-hint').replaceChildren('Everything about one run: ', make('code', {}, command(held)));
}

function onlyRule(rule) {
  runs.rule = rule;
  runs.most = FIRST_SHOWN;
  byId('run-rule').hidden = rule === null;
  byId('run-rule').textContent = rule ? `${rule.id} \u00d7` : '';
  byId('run-rule').setAttribute('aria-label', rule ? `runs of every rule, not only ${rule.id}` : '');
  showRuns();
  if (rule) byId('runs').scrollIntoView({ block: 'start' });
}

function showRuns() {
  const [outcome, target] = [byId('run-outcome').value, byId('run-target').value];
  const text = byId('run-text').value.trim().toLowerCase();
  const only = runs.rule ? new Set(runs.rule.runs) : null;
  const numbered = data.runs.map((run, number) => ({ run, number }));
  const shown = numbered.filter(({ run, number }) => (outcome === '' || run.outcome === outcome)
    && (target === '' || run.target === target)
    && (only === null || only.has(number))
    && (text === '' || `${run.name}\n${run.title}\n${run.path}`.toLowerCase().includes(text)));
  const { by, down } = runs;
  const value = (run) => (by === 'outcome' ? RANK.indexOf(run.outcome) : by === null ? RANK.indexOf(run.outcome) : run[by]);
  const order = (one, other) => (value(one.run) < value(other.run) ? -1 : value(one.run) > value(other.run) ? 1 : 0);
  shown.sort((one, other) => (by !== null && down ? -order(one, other) : order(one, other)) || one.number - other.number);
  for (const button of document.querySelectorAll('[data-by]')) {
    const th = button.parentElement;
    if (button.dataset.by === by) th.setAttribute('aria-sort', down ? 'descending' : 'ascending');
    else th.removeAttribute('aria-sort');
  }
  byId('run-rows').replaceChildren(...shown.slice(0, runs.most).map(({ run, number }) => make('tr', { id: `run-${number}` },
    make('td', {}, make('code', {}, run.name), make('div', { class: 'title' }, run.title)),
    make('td', {}, run.target),
    make('td', { class: `outcome ${run.outcome}` }, OUTCOMES[run.outcome]),
    make('td', { class: 'num' }, lengthText(run.ended_at)),
    make('td', { class: 'num' }, grouped(run.events)),
    make('td', { class: 'num' }, grouped(run.rules)))));
  byId('run-matches').textContent = shown.length < data.runs.length ? `${grouped(shown.length)} of ${many(data.runs.length, 'run')}` : many(data.runs.length, 'run');
  const left = shown.length - runs.most;
  byId('run-more').hidden = left <= 0;
  byId('run-more').textContent = `show ${Math.min(left, FIRST_SHOWN)} more of ${grouped(left)}`;
}

/** A link to a run may point at a row that is not there yet. */
function followHash() {
  const found = /^#run-(\d+)$/.exec(location.hash);
  if (!found) return;
  if (!byId(`run-${found[1]}`)) {
    byId('run-outcome').value = '';
    byId('run-target').value = '';
    byId('run-text').value = '';
    runs.most = Infinity;
    onlyRule(null);
  }
  for (const row of document.querySelectorAll('tr.target')) row.classList.remove('target');
  const row = byId(`run-${found[1]}`);
  if (!row) return;
  row.classList.add('target');
  row.scrollIntoView({ block: 'center' });
}

const KINDS = ['broken', 'idle', 'held', 'unchecked'];

function setUpRules() {
  const sums = tallied(data.rules, 'outcome');
  const present = KINDS.filter((kind) => sums.has(kind));
  offer(byId('rule-outcome'), [['', 'all outcomes'], ...present.map((kind) => [kind, `${OUTCOMES[kind]} (${sums.get(kind)})`])]);
  byId('rule-legend').replaceChildren(...present.map((kind) => make('span', { class: 'chip' }, make('i', { class: `swatch is-${kind}` }), `${OUTCOMES[kind]} ${sums.get(kind)}`)));
  byId('rule-outcome').addEventListener('change', showRules);
  byId('rule-text').addEventListener('input', showRules);
}

function showRules() {
  const outcome = byId('rule-outcome').value;
  const text = byId('rule-text').value.trim().toLowerCase();
  const shown = data.rules.filter((rule) => (outcome === '' || rule.outcome === outcome)
    && (text === '' || `${rule.id}\n${rule.sentence}\n${rule.page}`.toLowerCase().includes(text)));
  const families = new Map();
  for (const rule of shown) {
    const name = rule.id.replace(/-[^-]*$/, '');
    if (!families.has(name)) families.set(name, []);
    families.get(name).push(rule);
  }
  const open = shown.length <= 40 && shown.length < data.rules.length;
  const checked = [...families].filter(([, rules]) => rules.some((rule) => rule.outcome !== 'unchecked'));
  const others = [...families].filter(([, rules]) => rules.every((rule) => rule.outcome === 'unchecked'));
  const list = (some) => make('div', { class: 'families' }, ...some.map(([name, rules]) => family(name, rules, open)));
  const number = others.reduce((sum, [, rules]) => sum + rules.length, 0);
  byId('families').replaceChildren(
    ...(checked.length ? [list(checked)] : []),
    ...(others.length ? [make('details', { class: 'unchecked', open: open || checked.length === 0 },
      make('summary', {}, `families without a check: ${others.length}, with ${many(number, 'rule')}`), list(others))] : []),
    ...(shown.length === 0 ? [make('p', { class: 'soft' }, 'nothing fits these filters')] : []),
  );
  byId('rule-matches').textContent = shown.length < data.rules.length ? `${grouped(shown.length)} of ${many(data.rules.length, 'rule')}` : many(data.rules.length, 'rule');
}

function family(name, rules, open) {
  const sums = tallied(rules, 'outcome');
  const parts = KINDS.filter((kind) => sums.has(kind));
  const meter = make('span', { class: 'meter', 'aria-hidden': 'true' }, ...['broken', 'held', 'idle', 'unchecked'].filter((kind) => sums.has(kind)).map((kind) => {
    const part = make('i', { class: `is-${kind}` });
    part.style.flex = String(sums.get(kind));
    return part;
  }));
  const details = make('details', { class: 'family', open },
    make('summary', {}, make('code', {}, name), meter, make('span', { class: 'counts' }, parts.map((kind) => `${sums.get(kind)} ${OUTCOMES[kind]}`).join(', '))));
  // The rules of a family become elements when somebody looks.
  const fill = () => {
    if (details.children.length === 1) details.append(...rules.map(ruleElement));
  };
  if (open) fill();
  details.addEventListener('toggle', fill);
  return details;
}

function ruleElement(rule) {
  const times = rule.outcome === 'broken' ? `broken in ${many(rule.broken.length, 'run')}` : rule.outcome === 'held' ? `held ${many(rule.held, 'time')}` : OUTCOMES[rule.outcome];
  const where = rule.runs.length
    ? make('button', { type: 'button', class: 'link', onclick: () => onlyRule(rule) }, `in ${many(rule.runs.length, 'run')}`)
    : null;
  const broken = rule.broken.slice(0, 5).map((number) => make('div', {}, make('a', { href: `#run-${number}`, class: 'mono' }, data.runs[number].name)));
  return make('div', { class: 'rule', id: rule.id },
    make('span', {}, make('i', { class: `mark is-${rule.outcome}` }), make('code', {}, rule.id)),
    make('span', { class: 'small' }, make('div', {}, times), where),
    make('div', {}, rule.sentence, make('div', { class: 'small' }, rule.page ? pageLink(rule) : '', ` (${rule.certainty}; ${rule.holds_for})`), ...broken));
}

function showCells(index) {
  const table = data.tables[index];
  byId('services').replaceChildren(...data.tables.map((one, at) => make('button', { type: 'button', 'aria-pressed': String(at === index), onclick: () => showCells(at) }, one.name)));
  const cells = new CellTable(table, tellCell);
  const sums = cells.sums();
  const chip = (kind, text, style) => make('span', { class: 'chip' }, make('i', { class: `swatch ${kind}`, style }), text);
  const few = shadeOf(0.15).background;
  const lots = shadeOf(1).background;
  byId('cell-legend').replaceChildren(
    chip('', `${many(sums.reached, 'cell')} reached, in few to many of ${many(table.runs, 'run')}`, `background:linear-gradient(90deg, ${few}, ${lots})`),
    chip('never', `${grouped(sums.never)} never reached`, 'box-shadow:inset 0 0 0 1.5px #b54708'),
    chip('', `${grouped(sums.cannot)} cannot arise`, 'background:repeating-linear-gradient(135deg, var(--line) 0 3px, transparent 3px 6px)'),
    make('span', { class: 'chip' }, `${grouped(sums.taken)} of ${many(sums.cases, 'case')} taken; `, make('u', { style: 'text-decoration-style:dotted' }, 'dotted'), ': not every case'),
  );
  byId('cell-details').replaceChildren();
  byId('cell-box').replaceChildren(cells.element());
}

function tellCell(table, row, column, cases, taken) {
  const title = make('h3', {}, `${table.rows[row].name} in ${table.columns[column]}`);
  if (cases.length === 0) {
    byId('cell-details').replaceChildren(title, make('p', {}, 'cannot arise'));
    return;
  }
  const items = cases.map((one, at) => {
    const [times, first] = taken[at];
    const where = times === 0 ? ': never taken' : `: taken in ${many(times, 'run')}, first in `;
    return make('li', {}, caseText(one), make('span', { class: 'soft' }, where), times ? make('a', { href: `#run-${first}`, class: 'mono' }, data.runs[first].name) : null);
  });
  byId('cell-details').replaceChildren(title, make('ul', {}, ...items));
}

showHeadline();
showFailures();
setUpRuns();
showRuns();
setUpRules();
showRules();
if (data.tables.length) {
  showCells(0);
  darkScheme.addEventListener('change', () => showCells(data.tables.findIndex((table) => table.name === byId('services').querySelector('[aria-pressed="true"]').textContent)));
} else {
  byId('cells').remove();
}
addEventListener('hashchange', followHash);
followHash();
document.documentElement.dataset.ready = 'yes';
