import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import type { JsonObject } from '@leat/connector-kit'
import { faultOf } from './fault-of.ts'
import { readSource } from './read-source.ts'

const run = promisify(execFile)
let folder: string
let key: Buffer
let certificate: Buffer
let p12: string

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leat-tls-'))
  const path = (name: string) => join(folder, name)
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2', '-nodes']
  await run('openssl', [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-keyout',
    path('key'),
    '-out',
    path('cert'),
    ...subject,
  ])
  const pair = ['-inkey', path('key'), '-in', path('cert')]
  await run('openssl', ['pkcs12', '-export', ...pair, '-out', path('p12'), '-passout', 'pass:p12-password'])
  key = await readFile(path('key'))
  certificate = await readFile(path('cert'))
  p12 = (await readFile(path('p12'))).toString('base64')
})
after(() => rm(folder, { recursive: true, force: true }))

/** Asks a server that wants a client certificate of its own authority, and says what came and whose certificate it saw. */
async function ask(credentials: JsonObject): Promise<readonly unknown[]> {
  await using server = createServer(
    { key, cert: certificate, ca: certificate, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      const peer = (request.socket as TLSSocket).getPeerCertificate()
      const allowed = (request.socket as TLSSocket).authorized
      response.writeHead(allowed ? 200 : 403, { 'content-type': 'application/json' })
      response.end(JSON.stringify([{ subject: peer.subject?.CN ?? null }]))
    },
  ).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const config = { template_config: { request: { url: `https://127.0.0.1:${port}/` } } }
  return (await readSource(config, { credentials })).records
}

test('a certificate that is not trusted is refused, unless the credential says that any is taken', async () => {
  const fault = await faultOf(() => ask({}))
  assert.match(fault.code, /^network\..*cert|^network\.tls/)
  assert.equal((await faultOf(() => ask({ 'ignore.ssl.cert.validation': true }))).code, 'http.forbidden')
})

test('a client certificate in PKCS#12 is shown to the service, when ui.cert_signed says so', async () => {
  const own = { 'client.p12': p12, 'client.p12.password': 'p12-password', 'ignore.ssl.cert.validation': true }
  assert.deepEqual(await ask({ ...own, 'ui.cert_signed': true }), [{ subject: '127.0.0.1' }])
  assert.equal((await faultOf(() => ask({ ...own, 'ui.cert_signed': false }))).code, 'http.forbidden')
  const wrong = await faultOf(() => ask({ ...own, 'ui.cert_signed': true, 'client.p12.password': 'not-the-password' }))
  assert.equal(wrong.kind, 'config', wrong.message)
  assert.ok(!`${wrong.message} ${wrong.stack}`.includes('not-the-password'))
})
