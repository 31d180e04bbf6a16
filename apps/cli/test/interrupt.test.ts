import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { serveHttp } from '../../../tools/testing/serve-http.ts'

const program = fileURLToPath(new URL('../src/main.ts', import.meta.url))

const line = {
  id: 1,
  timestamp: 1_795_418_000_000,
  severity: 'INFO',
  resource_type: 'SOURCE',
  resource_id: 4,
  run_id: 9,
  log: 'Run started.',
}

const answers: Readonly<Record<string, unknown>> = {
  '/api/token': { access_token: 't', token_type: 'Bearer', expires_in: 86_400 },
  '/api/flows': { flows: [{ id: 7, origin_node_id: 7 }] },
  '/api/flows/7/logs': { logs: { data: [line] } },
  '/api/runs': [],
}

/** Runs the command until the server is asked for `path` for the `times`-th time, then presses Ctrl-C. That request is answered, or waits for ever. */
async function interrupted(args: readonly string[], path: string, times: number, hangs: boolean) {
  const asked = Promise.withResolvers<void>()
  let left = times
  const answer = (url: string, response: ServerResponse): void => {
    const last = url === path && --left === 0
    if (last && hangs) return asked.resolve()
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answers[url]), () => last && asked.resolve())
  }
  await using server = await serveHttp((request, response) => answer(request.url!.replace(/\?.*/, ''), response))
  const child = spawn(process.execPath, [program, ...args], {
    env: { NEXLA_SERVICE_KEY: 'right', LEAT_PORT: String(server.port) },
  })
  const printed = { out: '', err: '' }
  child.stdout.on('data', (part: Buffer) => (printed.out += part.toString()))
  child.stderr.on('data', (part: Buffer) => (printed.err += part.toString()))
  await asked.promise
  child.kill('SIGINT')
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  return { code, signal, ...printed }
}

for (const [what, args, path] of [
  ['logs -f', ['logs', '-f'], '/api/flows/7/logs'],
  ['logs -f --json', ['logs', '-f', '--json'], '/api/flows/7/logs'],
  ['runs -w', ['runs', '-w'], '/api/runs'],
] as const)
  for (const hangs of [false, true])
    test(`Ctrl-C ends leat ${what} with 130 and no word ${hangs ? 'while it is answered' : 'between two requests'}`, async () => {
      const { code, signal, out, err } = await interrupted(args, path, 2, hangs)
      assert.deepEqual({ code, signal, err }, { code: 130, signal: null, err: '' })
      if (args[0] !== 'logs') return
      const lines = out.trimEnd().split('\n')
      assert.ok(
        lines.every((each) => /Run started\./.test(each)),
        out,
      )
    })
