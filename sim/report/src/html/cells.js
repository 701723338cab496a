// The transition tables: in how many runs something was taken from each cell.

class CellTable {
  constructor(table, tell) {
    this.table = table;
    this.tell = tell;
    this.most = Math.max(1, ...table.rows.flatMap((row, at) => table.columns.map((_, column) => this.runs(at, column))));
  }

  cases(row, column) {
    const group = this.table.rows[row].groups.find((one) => one.columns.includes(column));
    return group ? group.cases : [];
  }

  /** In how many runs something was taken from a cell. */
  runs(row, column) {
    return this.table.rows[row].taken[column].runs;
  }

  sums() {
    const sums = { reached: 0, never: 0, cannot: 0, cases: 0, taken: 0 };
    this.table.rows.forEach((row, at) => this.table.columns.forEach((_, column) => {
      const cases = this.cases(at, column);
      if (cases.length === 0) sums.cannot += 1;
      else if (this.runs(at, column) > 0) sums.reached += 1;
      else sums.never += 1;
      sums.cases += cases.length;
      sums.taken += row.taken[column].cases.filter(([runs]) => runs > 0).length;
    }));
    return sums;
  }

  element() {
    const { columns, rows } = this.table;
    const head = make('tr', {}, make('th', { scope: 'col' }, ''), ...columns.map((name) => make('th', { scope: 'col' }, breakable(name))));
    const body = rows.map((row, at) => make('tr', {},
      make('th', { scope: 'row' }, breakable(row.name)),
      ...columns.map((_, column) => this.cell(at, column))));
    const table = make('table', { role: 'grid', 'aria-label': `Transition table of ${this.table.name}` }, make('thead', {}, head), make('tbody', {}, ...body));
    table.addEventListener('click', (event) => this.show(event.target.closest('td')));
    table.addEventListener('keydown', (event) => this.key(event));
    const first = table.querySelector('td');
    if (first) first.tabIndex = 0;
    return table;
  }

  cell(row, column) {
    const cases = this.cases(row, column);
    const runs = this.runs(row, column);
    const name = `${this.table.rows[row].name} in ${this.table.columns[column]}`;
    if (cases.length === 0) {
      return make('td', { role: 'gridcell', class: 'cannot', tabindex: -1, 'data-row': row, 'data-column': column, title: `${name}: cannot arise`, 'aria-label': `${name}: cannot arise` });
    }
    const untaken = this.table.rows[row].taken[column].cases.filter(([times]) => times === 0).length;
    const said = runs === 0 ? 'never reached' : `taken in ${many(runs, 'run')}`;
    const some = runs > 0 && untaken > 0 ? `; ${untaken} of ${many(cases.length, 'case')} never taken` : '';
    const td = make('td', {
      role: 'gridcell',
      tabindex: -1,
      'data-row': row,
      'data-column': column,
      class: runs === 0 ? 'never' : untaken > 0 ? 'partly' : '',
      title: `${name}: ${said}${some}\n${cases.map(caseText).join('\n')}`,
      'aria-label': `${name}: ${said}${some}`,
    }, grouped(runs));
    if (runs > 0) {
      const color = shadeOf(Math.log(runs + 1) / Math.log(this.most + 1));
      td.style.background = color.background;
      td.style.color = color.ink;
    }
    return td;
  }

  show(td) {
    if (!td) return;
    for (const other of td.closest('table').querySelectorAll('td[tabindex="0"]')) other.tabIndex = -1;
    td.tabIndex = 0;
    const [row, column] = [Number(td.dataset.row), Number(td.dataset.column)];
    const cases = this.cases(row, column);
    const taken = this.table.rows[row].taken[column].cases;
    this.tell(this.table, row, column, cases, taken);
  }

  key(event) {
    const td = event.target.closest('td');
    if (!td) return;
    const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      this.show(td);
    }
    if (!moves) return;
    event.preventDefault();
    const [row, column] = [Number(td.dataset.row) + moves[0], Number(td.dataset.column) + moves[1]];
    const next = td.closest('table').querySelector(`td[data-row="${row}"][data-column="${column}"]`);
    if (!next) return;
    td.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }
}

/** What a case of a cell says: `if the job has no file: stays, BG_E_EMPTY`. */
function caseText(one) {
  const does = [one.next === null ? 'stays' : `goes to ${one.next}`, one.hresult].filter(Boolean).join(', ');
  return one.when ? `if ${one.when}: ${does}` : does;
}

/** A name that may be broken at its underscores and capitals. */
function breakable(name) {
  return name.split(/(?<=_)|(?<=[a-z])(?=[A-Z])/).flatMap((part, at) => (at > 0 ? [make('wbr'), part] : [part]));
}

/** A shade of one hue, from light to dark; on a dark page from dark to light. */
function shadeOf(share) {
  const mix = (one, other) => Math.round(one + (other - one) * share);
  const [from, to] = isDark() ? [[28, 52, 76], [140, 200, 250]] : [[222, 236, 249], [6, 72, 138]];
  const [r, g, b] = from.map((part, at) => mix(part, to[at]));
  const light = 0.2126 * (r / 255) ** 2.2 + 0.7152 * (g / 255) ** 2.2 + 0.0722 * (b / 255) ** 2.2;
  return { background: `rgb(${r}, ${g}, ${b})`, ink: light > 0.19 ? '#000' : '#fff' };
}
