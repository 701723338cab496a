// Colours that people with any kind of colour vision can tell apart (after Okabe and Ito), the
// same for the same state everywhere.

const STATE_COLORS = {
  SUSPENDED: '#a8adb5',
  QUEUED: '#7cc7f2',
  CONNECTING: '#f0e442',
  TRANSFERRING: '#0072b2',
  TRANSIENT_ERROR: '#e69f00',
  ERROR: '#c44601',
  TRANSFERRED: '#12a67e',
  ACKNOWLEDGED: '#0b4f3e',
  CANCELLED: '#c57ba8',
  Created: '#a8adb5',
  Transferring: '#0072b2',
  Transferred: '#12a67e',
  Finalized: '#0b4f3e',
  Aborted: '#c57ba8',
  Paused: '#e69f00',
};
const OTHER_COLORS = ['#8b7fd1', '#6b8e23', '#8a5a44', '#4f9ca8'];

function stateColor(state) {
  const known = STATE_COLORS[state];
  if (known) return known;
  let sum = 0;
  for (const letter of state) sum = (sum * 31 + letter.codePointAt(0)) % 9973;
  return OTHER_COLORS[sum % OTHER_COLORS.length];
}

/** Black or white, whichever can be read better on a colour. */
function inkOn(color) {
  const parts = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16) / 255);
  const linear = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  const light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  return light > 0.2 ? '#000000' : '#ffffff';
}

const MARK_KINDS = [
  ['callback', 'callbacks'],
  ['launch', 'launched programs'],
  ['call', 'calls'],
  ['timer', 'timers'],
];
