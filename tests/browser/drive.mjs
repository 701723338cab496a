// Opens a page that bitsim wrote in Chromium, without a network, does what a reader does and prints
// as JSON what could be seen. tests/browser.rs calls it and says what there should be.
//
//   node drive.mjs FOLDER WISHES
//
// FOLDER is where tests/browser/install put puppeteer-core and where pictures go. WISHES is JSON:
// the page, a name for its pictures, and what to do on it.

import { accessSync, constants, mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, wishesText] = process.argv.slice(2);
const wishes = JSON.parse(wishesText);
const puppeteer = createRequire(join(resolve(folder), 'package.json'))('puppeteer-core');
const seen = { console: [], errors: [], requests: [], overflow: {} };

function findBrowser() {
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  for (const name of names) {
    for (const place of (process.env.PATH || '').split(delimiter)) {
      try {
        accessSync(join(place, name), constants.X_OK);
        return join(place, name);
      } catch {
        // Not there.
      }
    }
  }
  throw new Error(`none of ${names.join(', ')} is installed; see tests/browser/install`);
}

const profile = join(resolve(folder), `profile-${wishes.name}-${process.pid}`);
mkdirSync(profile, { recursive: true });
const browser = await puppeteer.launch({
  executablePath: findBrowser(),
  headless: true,
  userDataDir: profile,
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--force-color-profile=srgb'],
});

try {
  const page = await browser.newPage();
  page.on('console', (message) => seen.console.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => seen.errors.push(String(error.stack || error)));
  await page.setRequestInterception(true);
  page.on('request', (request) => {
    if (/^(file|data):/.test(request.url())) {
      request.continue();
    } else {
      seen.requests.push(request.url());
      request.abort();
    }
  });
  await page.setViewport({ width: 1280, height: 800 });
  await light(page, 'light');
  await page.goto(pathToFileURL(resolve(wishes.page)).href + (wishes.hash || ''));
  await page.waitForSelector('html[data-ready="yes"]');
  seen.title = await page.title();
  seen.heading = await text(page, 'h1');
  seen.verdict = await text(page, '.verdict');
  seen.facts = await text(page, '#facts');
  await (wishes.kind === 'suite' ? readSuite(page) : readRun(page));
} catch (error) {
  seen.errors.push(String(error.stack || error));
} finally {
  await browser.close();
  rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
console.log(JSON.stringify(seen, null, 1));

async function light(page, scheme) {
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
}

async function text(page, selector) {
  return page.$eval(selector, (element) => element.innerText.replace(/\s+/g, ' ').trim());
}

/** Waits until what was asked for has been drawn. */
async function drawn(page) {
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

async function shoot(page, what, whole) {
  await drawn(page);
  seen.overflow[what] = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  await page.screenshot({ path: join(folder, `${wishes.name}-${what}.png`), fullPage: Boolean(whole) });
}

/** Pictures of the page in both schemes and at both widths. */
async function shootAll(page) {
  await shoot(page, 'wide-light', true);
  await light(page, 'dark');
  await shoot(page, 'wide-dark');
  await page.setViewport({ width: 700, height: 900 });
  await shoot(page, 'narrow-dark', true);
  await light(page, 'light');
  await shoot(page, 'narrow-light');
  await page.setViewport({ width: 1280, height: 800 });
  await drawn(page);
}

/** How many pixels of each colour a canvas shows. */
async function colors(page, selector) {
  return page.$eval(selector, (canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const sums = {};
    for (let at = 0; at < data.length; at += 4) {
      if (data[at + 3] < 255) continue;
      const color = `#${[0, 1, 2].map((part) => data[at + part].toString(16).padStart(2, '0')).join('')}`;
      sums[color] = (sums[color] || 0) + 1;
    }
    return Object.fromEntries(Object.entries(sums).filter(([, times]) => times > 30));
  });
}

/** What the timeline shows, in thousandths of its unit. */
async function view(page) {
  await drawn(page);
  const whole = (number) => Math.round(number * 1000);
  const [from, to, span] = await page.evaluate(() => [timeline.scale.from, timeline.scale.to, timeline.scale.span]);
  return { from: whole(from), to: whole(to), span: whole(span) };
}

async function readRun(page) {
  seen.failures = (await page.$('#failures')) ? await text(page, '#failures') : null;
  seen.matches = await text(page, '#matches');
  seen.lines = await page.$$eval('#source > li', (rows) => rows.length);
  seen.rules = await page.$$eval('#rule-rows > tr', (rows) => rows.length);
  seen.legend = await text(page, '#legend');
  seen.colors = await colors(page, '#lanes');
  seen.rows = await page.$$eval('#rows > [role="row"]', (rows) => rows.length);
  seen.elements = await page.evaluate(() => document.querySelectorAll('*').length);
  seen.details = await text(page, '#details');
  seen.current = await currentLines(page);
  await shootAll(page);
  await zoom(page);
  if (wishes.event) await chooseByHash(page);
  if (wishes.line) await clickLine(page);
  if (wishes.search) await filter(page);
  await walk(page);
  await clickBand(page);
  // Microseconds that drawing takes.
  seen.frame = await page.evaluate(() => {
    const begun = performance.now();
    for (let time = 0; time < 10; time += 1) {
      timeline.scale.zoom(0.9, 400);
      timeline.draw();
    }
    timeline.scale.fit();
    return Math.round((performance.now() - begun) * 100);
  });
}

async function currentLines(page) {
  return page.$$eval('#source .current', (rows) => rows.map((row) => Number(row.id.slice(5))));
}

/** Wheel, keys, buttons, drag, double click. */
async function zoom(page) {
  const views = { begin: await view(page) };
  await page.$eval('#lanes', (canvas) => canvas.scrollIntoView({ block: 'center' }));
  const box = await (await page.$('#lanes')).boundingBox();
  const [x, y] = [box.x + box.width * 0.6, box.y + 20];
  await page.mouse.move(x, y);
  for (let time = 0; time < 4; time += 1) await page.mouse.wheel({ deltaY: -240 });
  views.wheel = await view(page);
  await shoot(page, 'zoomed');
  await page.mouse.down();
  await page.mouse.move(x - 120, y, { steps: 4 });
  await page.mouse.up();
  views.dragged = await view(page);
  await page.mouse.click(x, y, { count: 2 });
  views.doubled = await view(page);
  await page.focus('#timeline');
  await page.keyboard.press('+');
  views.plus = await view(page);
  await page.keyboard.press('ArrowRight');
  views.right = await view(page);
  await page.keyboard.press('-');
  await page.keyboard.press('0');
  views.zero = await view(page);
  await page.click('#by-moments');
  views.moments = await view(page);
  await shoot(page, 'moments');
  await page.click('#by-moments');
  views.again = await view(page);
  seen.views = views;
}

async function chooseByHash(page) {
  await page.evaluate((event) => {
    location.hash = `#event=${event}`;
  }, wishes.event);
  await page.waitForFunction((event) => story.chosen && story.chosen.first <= event && event <= story.chosen.last, { timeout: 5000 }, wishes.event);
  await drawn(page);
  seen.chosen = {
    details: await text(page, '#details'),
    row: await text(page, '#rows .chosen'),
    active: await page.$eval('#grid', (grid) => grid.getAttribute('aria-activedescendant')),
    lines: await currentLines(page),
    visible: await page.$eval('#source .current', (row) => {
      const [own, host] = [row.getBoundingClientRect(), row.parentElement.getBoundingClientRect()];
      return own.top >= host.top - 1 && own.bottom <= host.bottom + 1;
    }).catch(() => null),
  };
  await shoot(page, 'chosen', true);
}

async function clickLine(page) {
  await page.$eval(`#line-${wishes.line} code`, (code) => code.scrollIntoView({ block: 'center' }));
  await page.click(`#line-${wishes.line} code`);
  await drawn(page);
  seen.line = {
    matches: await text(page, '#matches'),
    chip: await text(page, '#line-chip'),
    lines: await page.$$eval('#rows > [role="row"] .c-line', (cells) => cells.map((cell) => cell.textContent)),
  };
  await shoot(page, 'line', true);
  await page.click('#unline');
  await drawn(page);
  seen.line.after = await text(page, '#matches');
}

async function filter(page) {
  await page.type('#text', wishes.search);
  await drawn(page);
  seen.search = {
    matches: await text(page, '#matches'),
    rows: await page.$$eval('#rows > [role="row"]', (rows) => rows.map((row) => row.textContent)),
  };
  await page.click('#reset');
  await page.click('#milestones');
  await drawn(page);
  seen.milestones = await text(page, '#matches');
  await page.click('#milestones');
  await drawn(page);
  seen.unfiltered = await text(page, '#matches');
}

/** The arrow keys in the table. */
async function walk(page) {
  await page.focus('#grid');
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowDown');
  await drawn(page);
  seen.walked = await page.evaluate(() => ({ at: story.shown.indexOf(story.chosen), hash: location.hash }));
  await page.keyboard.press('End');
  await drawn(page);
  seen.last = await page.evaluate(() => story.shown.indexOf(story.chosen) === story.shown.length - 1);
}

/** A click on the longest band of the first lane chooses the event that began it. */
async function clickBand(page) {
  const band = await page.evaluate(() => {
    timeline.scale.fit();
    timeline.scroller.scrollTop = 0;
    timeline.draw();
    const [lane] = timeline.lanes;
    if (!lane) return null;
    const longest = lane.lane.states.reduce((best, one) => (one.to - one.from > best.to - best.from ? one : best));
    document.getElementById('lanes').scrollIntoView({ block: 'center' });
    const box = document.getElementById('lanes').getBoundingClientRect();
    const middle = (timeline.scale.place(longest.from) + timeline.scale.place(longest.to)) / 2;
    return { x: box.left + timeline.scale.x(middle), y: box.top + lane.top + lane.rows.state + 8, event: longest.event, what: longest.what };
  });
  if (!band) return;
  await page.mouse.move(band.x, band.y);
  await drawn(page);
  const tip = await page.$eval('#tip', (host) => (host.hidden ? null : host.innerText));
  await shoot(page, 'hover');
  await page.mouse.click(band.x, band.y);
  await drawn(page);
  seen.band = { ...band, tip, chosen: await page.evaluate(() => story.chosen && story.chosen.last) };
}

async function readSuite(page) {
  seen.failures = (await page.$('#failures')) ? await text(page, '#failures') : null;
  seen.runs = { matches: await text(page, '#run-matches'), rows: await page.$$eval('#run-rows > tr', (rows) => rows.length) };
  seen.rules = { matches: await text(page, '#rule-matches'), legend: await text(page, '#rule-legend') };
  seen.elements = await page.evaluate(() => document.querySelectorAll('*').length);
  await shootAll(page);
  if (wishes.search) {
    await page.type('#run-text', wishes.search);
    seen.runs.found = await page.$$eval('#run-rows > tr', (rows) => rows.map((row) => row.innerText));
    seen.runs.foundMatches = await text(page, '#run-matches');
    await page.$eval('#run-text', (input) => {
      input.value = '';
      input.dispatchEvent(new Event('input'));
    });
  }
  await page.click('[data-by="ended_at"]');
  seen.runs.longest = await page.$eval('#run-rows > tr', (row) => row.innerText);
  if (wishes.rule) {
    await page.type('#rule-text', wishes.rule);
    await drawn(page);
    seen.rules.found = await page.$$eval('.rule', (rules) => rules.map((rule) => rule.innerText));
    await page.click('.rule button');
    seen.rules.runs = await text(page, '#run-matches');
    await shoot(page, 'rule');
    await page.click('#run-rule');
  }
  seen.tables = [];
  const services = await page.$$('#services button');
  for (let at = 0; at < services.length; at += 1) {
    const button = (await page.$$('#services button'))[at];
    const name = await button.evaluate((element) => element.textContent);
    await button.click();
    const cells = await page.$$eval('#cell-box td', (all) => ({
      all: all.length,
      never: all.filter((td) => td.className === 'never').length,
      cannot: all.filter((td) => td.className === 'cannot').length,
      titles: all.filter((td) => td.title.includes('\n')).length,
    }));
    const legend = await text(page, '#cell-legend');
    await page.$eval('#cell-box td:not(.never):not(.cannot)', (td) => td.click());
    seen.tables.push({ name, legend, ...cells, details: await text(page, '#cell-details') });
    await page.$eval('#cells', (section) => section.scrollIntoView());
    await shoot(page, `table-${name}`);
  }
  await page.$eval('#cell-box td[tabindex="0"]', (td) => td.focus());
  await page.keyboard.press('ArrowRight');
  seen.focused = await page.evaluate(() => document.activeElement.getAttribute('aria-label'));
  await page.evaluate(() => {
    location.hash = '#run-1';
  });
  await drawn(page);
  seen.target = await page.$$eval('tr.target', (rows) => rows.map((row) => row.id));
}
