// Speaks to a YAML language server as an editor does and prints what it answers, as JSON.
//
// node drive.mjs SERVER ROOT < questions.json
//
// SERVER is the program of the server, ROOT the folder that is open in the editor. The questions are
// a list of documents: {"path": "scenarios/x.yaml", "text": "...", "complete": [[line, character]],
// "hover": [[line, character]]}, lines and characters counted from 0. The answer to each is
// {"completions": [[{"label", "documentation"}]], "hovers": ["..."], "diagnostics": ["..."]}.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

const [program, root] = process.argv.slice(2);
const documents = JSON.parse(readFileSync(0, 'utf8'));
const server = spawn(process.execPath, [program, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });

// A server that stays silent must not hold up the tests for ever.
const patience = setTimeout(() => give_up('the language server does not answer'), 300_000);

function give_up(why) {
  console.error(why);
  server.kill();
  process.exit(1);
}

const answers = new Map();
const published = new Map();
const waiting = new Map();
let number = 0;
let buffer = Buffer.alloc(0);

function send(message) {
  const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }));
  server.stdin.write(`Content-Length: ${body.length}\r\n\r\n`);
  server.stdin.write(body);
}

function ask(method, params) {
  number += 1;
  const id = number;
  return new Promise((resolve) => {
    answers.set(id, resolve);
    send({ id, method, params });
  });
}

function diagnostics_of(uri) {
  return new Promise((resolve) => {
    if (published.has(uri)) {
      resolve(published.get(uri));
    } else {
      waiting.set(uri, resolve);
    }
  });
}

function take(message) {
  if (message.method === 'textDocument/publishDiagnostics') {
    const { uri, diagnostics } = message.params;
    published.set(uri, diagnostics);
    waiting.get(uri)?.(diagnostics);
  } else if (message.method !== undefined && message.id !== undefined) {
    // The server asks for its settings or registers a capability: there is nothing to add.
    const nothing = message.method === 'workspace/configuration';
    send({ id: message.id, result: nothing ? message.params.items.map(() => null) : null });
  } else if (message.id !== undefined) {
    if (message.error !== undefined) {
      give_up(`the language server answers: ${message.error.message}`);
    }
    answers.get(message.id)?.(message.result);
    answers.delete(message.id);
  }
}

server.stdout.on('data', (chunk) => {
  buffer = Buffer.concat([buffer, chunk]);
  for (;;) {
    const end = buffer.indexOf('\r\n\r\n');
    if (end < 0) {
      return;
    }
    const length = Number(/Content-Length: (\d+)/i.exec(buffer.subarray(0, end).toString())[1]);
    if (buffer.length < end + 4 + length) {
      return;
    }
    const body = buffer.subarray(end + 4, end + 4 + length).toString();
    buffer = buffer.subarray(end + 4 + length);
    take(JSON.parse(body));
  }
});
server.on('error', (error) => give_up(error.message));

const text_of = (content) => (typeof content === 'string' ? content : (content?.value ?? ''));

async function answer({ path: name, text, complete = [], hover = [] }) {
  const uri = pathToFileURL(path.join(root, name)).href;
  send({
    method: 'textDocument/didOpen',
    params: { textDocument: { uri, languageId: 'yaml', version: 1, text } },
  });
  const at = ([line, character]) => ({ textDocument: { uri }, position: { line, character } });
  const completions = [];
  for (const position of complete) {
    const list = await ask('textDocument/completion', at(position));
    const items = Array.isArray(list) ? list : (list?.items ?? []);
    completions.push(
      items.map((item) => ({ label: item.label, documentation: text_of(item.documentation) })),
    );
  }
  const hovers = [];
  for (const position of hover) {
    const found = await ask('textDocument/hover', at(position));
    hovers.push(text_of(found?.contents));
  }
  const diagnostics = (await diagnostics_of(uri)).map((one) => one.message);
  send({ method: 'textDocument/didClose', params: { textDocument: { uri } } });
  return { completions, hovers, diagnostics };
}

await ask('initialize', {
  processId: process.pid,
  rootUri: pathToFileURL(root).href,
  capabilities: {
    textDocument: {
      completion: {
        completionItem: { documentationFormat: ['markdown', 'plaintext'], snippetSupport: true },
      },
      hover: { contentFormat: ['markdown', 'plaintext'] },
      publishDiagnostics: {},
    },
  },
});
send({ method: 'initialized', params: {} });
// Schemas of others are not looked for: the one that counts is named in the file.
const yaml = { validate: true, hover: true, completion: true, schemaStore: { enable: false } };
send({ method: 'workspace/didChangeConfiguration', params: { settings: { yaml } } });

const found = [];
for (const document of documents) {
  found.push(await answer(document));
}
console.log(JSON.stringify(found));
await ask('shutdown', null);
send({ method: 'exit', params: null });
clearTimeout(patience);
server.stdin.end();
