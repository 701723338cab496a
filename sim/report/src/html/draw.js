// Drawing on canvas. Everything that would be narrower than a few pixels is drawn merged, so that a
// frame costs the same whether a run has ten events or fifty thousand.

const NARROW = 3;

/** Bands prepared for drawing: places as numbers, ascending and without overlap. */
class Track {
  constructor(bands) {
    this.bands = bands;
    this.names = [...new Set(bands.map((band) => band.what))];
    const index = new Map(this.names.map((name, at) => [name, at]));
    this.kinds = bands.map((band) => index.get(band.what));
  }

  place(scale) {
    this.unit = scale.kind === SCALES.time ? 'time' : 'steps';
    this.from = Float64Array.from(this.bands, (band) => scale.place(band.from));
    this.to = Float64Array.from(this.bands, (band) => scale.place(band.to));
  }
}

/** Draws bands: wide ones one by one, narrow neighbours as one hatched block with their number. */
function drawTrack(pen, track, scale, top, height, look) {
  const left = scale.left;
  const right = left + scale.width;
  const columns = Math.ceil(scale.width) + 1;
  const kinds = track.names.length;
  const weights = new Float64Array(columns * kinds);
  const blocks = [];
  let block = null;
  for (let at = lowerBound(track.to, scale.from); at < track.bands.length; at += 1) {
    if (track.from[at] > scale.to) break;
    const x0 = Math.max(scale.x(track.from[at]), left - 1);
    const x1 = Math.min(scale.x(track.to[at]), right + 1);
    if (x1 - x0 >= NARROW) {
      if (block) blocks.push(block);
      block = null;
      look.wide(pen, track.bands[at], x0, x1, top, height);
      continue;
    }
    const column = Math.min(Math.max(Math.floor(x0 - left), 0), columns - 1);
    weights[column * kinds + track.kinds[at]] += x1 - x0 + 1e-6;
    if (block && x0 - block.x1 <= 1) {
      block.x1 = Math.max(block.x1, x1);
      block.count += 1;
      block.shares[track.kinds[at]] += x1 - x0 + 1e-9;
    } else {
      if (block) blocks.push(block);
      block = { x0, x1, count: 1, shares: new Array(kinds).fill(0) };
      block.shares[track.kinds[at]] = x1 - x0 + 1e-9;
    }
  }
  if (block) blocks.push(block);
  for (const merged of blocks) {
    look.merged(pen, merged, track, weights, top, height, left);
  }
}

/** The kind that fills most of a pixel column. */
function strongest(weights, at, kinds) {
  let best = -1;
  for (let kind = 0; kind < kinds; kind += 1) {
    const weight = weights[at * kinds + kind];
    if (weight > 0 && (best < 0 || weight > weights[at * kinds + best])) best = kind;
  }
  return best;
}

/** A block of bands too narrow to be drawn, coloured by what fills each column, and hatched. */
function drawMerged(pen, merged, track, weights, top, height, left, colorOf) {
  const kinds = track.names.length;
  const x0 = Math.floor(merged.x0);
  const x1 = Math.max(Math.ceil(merged.x1), x0 + 2);
  let color = colorOf(track.names[merged.shares.indexOf(Math.max(...merged.shares))]);
  for (let x = x0; x < x1; x += 1) {
    const column = Math.floor(x - left);
    const kind = column >= 0 ? strongest(weights, column, kinds) : -1;
    if (kind >= 0) color = colorOf(track.names[kind]);
    pen.fillStyle = color;
    pen.fillRect(x, top, 1, height);
  }
  if (merged.count < 2 || x1 - x0 < 8) return;
  hatch(pen, x0, top, x1 - x0, height);
  const whole = merged.shares.reduce((sum, share) => sum + share, 0);
  const most = Math.max(...merged.shares);
  const name = track.names[merged.shares.indexOf(most)];
  const share = Math.floor((most / whole) * 100);
  const number = grouped(merged.count);
  const alike = merged.shares.filter((one) => one > 0).length === 1;
  const texts = alike
    ? [`${number} times ${name}`]
    : [`${number} changes, ${name} ${share}% of the ${track.unit}`, `${number} changes, ${name} ${share}%`];
  texts.push(alike ? `${number} times` : `${number} changes`, `x${number}`);
  plaque(pen, texts, x0, x1, top, height);
}

function hatch(pen, x, y, width, height) {
  pen.save();
  pen.beginPath();
  pen.rect(x, y, width, height);
  pen.clip();
  pen.strokeStyle = 'rgba(0, 0, 0, 0.22)';
  pen.lineWidth = 1;
  pen.beginPath();
  for (let at = x - height; at < x + width; at += 6) {
    pen.moveTo(at, y + height);
    pen.lineTo(at + height, y);
  }
  pen.stroke();
  pen.restore();
}

/** The longest of the texts that fits, on a little board so that it can be read on any colour. */
function plaque(pen, texts, x0, x1, top, height) {
  const text = texts.find((one) => pen.measureText(one).width + 16 <= x1 - x0);
  if (!text) return;
  const width = pen.measureText(text).width + 8;
  const x = (x0 + x1 - width) / 2;
  pen.fillStyle = 'rgba(255, 255, 255, 0.92)';
  pen.fillRect(x, top + 1.5, width, height - 3);
  pen.fillStyle = '#1b2027';
  pen.fillText(text, x + 4, top + height / 2 + 0.5);
}

/** A text that begins at x and is cut with dots if there is not enough room; nothing if hopeless. */
function fitText(pen, text, x, y, room, least) {
  if (pen.measureText(text).width <= room) {
    pen.fillText(text, x, y);
    return true;
  }
  if (room < least) return false;
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (pen.measureText(`${text.slice(0, middle)}\u2026`).width <= room) low = middle;
    else high = middle - 1;
  }
  if (low < 3) return false;
  pen.fillText(`${text.slice(0, low)}\u2026`, x, y);
  return true;
}

/** A line that rises and falls; where values change faster than pixels, from least to most. */
function drawSteps(pen, steps, places, scale, most, end, top, height, colors) {
  const y = (count) => top + height - 2 - (most > 0 ? (count / most) * (height - 16) : 0);
  const first = Math.max(lowerBound(places, scale.from) - 1, 0);
  pen.strokeStyle = colors.line;
  pen.lineWidth = 1.5;
  pen.beginPath();
  const right = scale.left + scale.width;
  let last = null;
  const labels = [];
  for (let at = first; at < steps.length && places[at] <= scale.to; at += 1) {
    const x0 = Math.max(scale.x(places[at]), scale.left);
    const next = at + 1 < steps.length ? places[at + 1] : end;
    const x1 = Math.min(scale.x(next), right);
    const height0 = y(steps[at].count);
    if (last === null) pen.moveTo(x0, height0);
    else pen.lineTo(x0, height0);
    pen.lineTo(Math.max(x1, x0), height0);
    last = height0;
    const text = grouped(steps[at].count);
    if (x1 - x0 >= pen.measureText(text).width + 6) labels.push([text, x0, height0]);
  }
  pen.stroke();
  pen.fillStyle = colors.text;
  for (const [text, x, at] of labels) pen.fillText(text, x + 3, at - 6);
}

/** The glyph of a mark around (x, y). */
function drawMark(pen, kind, x, y, color) {
  pen.fillStyle = color;
  pen.strokeStyle = color;
  pen.lineWidth = 1.5;
  pen.beginPath();
  if (kind === 'callback') {
    pen.moveTo(x, y - 5);
    pen.lineTo(x + 5, y + 4);
    pen.lineTo(x - 5, y + 4);
    pen.closePath();
    pen.fill();
  } else if (kind === 'launch') {
    pen.rect(x - 4, y - 4, 8, 8);
    pen.fill();
  } else if (kind === 'timer') {
    pen.moveTo(x, y - 5);
    pen.lineTo(x + 4, y);
    pen.lineTo(x, y + 5);
    pen.lineTo(x - 4, y);
    pen.closePath();
    pen.stroke();
  } else {
    pen.arc(x, y, 3.5, 0, Math.PI * 2);
    pen.fill();
  }
}
