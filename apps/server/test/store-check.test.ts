import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { checkStore } from '@leat/engine'
import { isMissing, peer } from '../../../tools/peers/peer.ts'
import type { S3Server } from '../../../tools/peers/versitygw.ts'
import { ServerProcess } from './server-process.ts'

const guest = { access: 'guest', secret: 'guest-s3cret' }
const never = new AbortController().signal
let s3: S3Server | string
let base: string

before(async () => {
  base = await mkdtemp(join(tmpdir(), 'leat-store-check-'))
  const found = await peer('versitygw')
  s3 = isMissing(found) ? found.missing : await found.start({ guest })
  if (typeof s3 !== 'string') await mkdir(join(s3.dir, 'segments'))
})

after(async () => {
  if (typeof s3 !== 'string') await s3.stop()
  await rm(base, { recursive: true, force: true })
})

type Environment = Readonly<Record<string, string>>

function loginOf({ endpoint, accessKey, secretKey, region }: S3Server): Environment {
  return {
    LEAT_STORE: 's3://segments/leat',
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ACCESS_KEY_ID: accessKey,
    AWS_SECRET_ACCESS_KEY: secretKey,
    AWS_REGION: region,
  }
}

/** What is wrong, the setting that differs, and what is said. The first two are waited for. */
const wrong: readonly [string, (right: S3Server) => Readonly<Record<string, string | undefined>>, RegExp][] = [
  [
    'a host that is not known',
    () => ({ AWS_ENDPOINT_URL_S3: 'http://no-such-host.invalid:9000' }),
    /Cannot reach no-such-host\.invalid:9000: the host name cannot be resolved.* AWS_ENDPOINT_URL_S3\.$/,
  ],
  [
    'a port where nobody listens',
    () => ({ AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' }),
    /Cannot reach 127\.0\.0\.1:1: the connection was refused.* AWS_ENDPOINT_URL_S3\.$/,
  ],
  [
    'a bucket that is not there',
    () => ({ LEAT_STORE: 's3://segmants/leat?default_storage_class=s3cret' }),
    /s3:\/\/segmants\/leat \(LEAT_STORE\) .*There is no bucket "segmants" at http.* Make it, or correct LEAT_STORE\.$/,
  ],
  [
    'an access key that nobody knows',
    () => ({ AWS_ACCESS_KEY_ID: 'nobody' }),
    /s3:\/\/segments\/leat \(LEAT_STORE\) .*does not accept the login\. Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY\.$/,
  ],
  [
    'a wrong secret',
    () => ({ AWS_SECRET_ACCESS_KEY: 'wrong-s3cret' }),
    /does not accept the login\. Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY\.$/,
  ],
  [
    'a login without rights',
    () => ({ AWS_ACCESS_KEY_ID: guest.access, AWS_SECRET_ACCESS_KEY: guest.secret }),
    /may not write, read and delete objects in the bucket "segments"\. Grant that/,
  ],
  [
    'no login',
    () => ({ AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, HOME: base }),
    /No login for it was found\. Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/,
  ],
  [
    'a login in the address',
    () => ({ LEAT_STORE: 's3://key:s3cret@segments/leat' }),
    /s3:\/\/…@segments\/leat \(LEAT_STORE\) .*is no name of a bucket/,
  ],
  [
    'https where http is spoken',
    ({ endpoint }) => ({ AWS_ENDPOINT_URL_S3: endpoint.replace('http:', 'https:') }),
    /the secure connection \(TLS\) failed\. Check http against https/,
  ],
  [
    'an endpoint that is no address',
    () => ({ AWS_ENDPOINT_URL_S3: 'minio:9000' }),
    /^leat: AWS_ENDPOINT_URL_S3 "minio:9000" is no address\. Use one such as http:\/\//,
  ],
]

test('PROMISE-STORE-CHECKED: a segment store in a cloud that cannot be used ends the start with what is wrong and what to do', async (t) => {
  if (typeof s3 === 'string') return t.skip(s3)
  const right = s3
  for (const command of ['start', 'worker'] as const)
    await t.test(command, { concurrency: 3 }, async (each) => {
      const cases = command === 'start' ? wrong : wrong.slice(2, 3)
      await Promise.all(
        cases.map(([what, settings, said]) =>
          each.test(what, async () => {
            const env = Object.entries({ ...loginOf(right), ...settings(right) }).filter(
              ([, value]) => value !== undefined,
            )
            const args = [command, '--data', join(base, 'data'), '--port', '0']
            const server = new ServerProcess(args, Object.fromEntries(env) as Environment)
            const line = await server.refusal()
            assert.match(line, said)
            assert.doesNotMatch(server.stderr, /s3cret/)
          }),
        ),
      )
    })
  assert.deepEqual(await readdir(join(right.dir, 'segments')), [], 'nothing is left behind')
})

test('PROMISE-STORE-CHECKED: a store that can be used keeps nothing of the check, and one that starts a moment later is waited for', async (t) => {
  if (typeof s3 === 'string') return t.skip(s3)
  const { port } = new URL(s3.endpoint)
  let connections = 0
  const late = createServer((socket) => {
    socket.on('error', () => undefined)
    if (++connections <= 3) return void socket.destroy()
    const far = connect(Number(port), '127.0.0.1')
    far.on('error', () => socket.destroy())
    socket.pipe(far).pipe(socket)
  })
  await new Promise<void>((listening) => late.listen(0, '127.0.0.1', listening))
  t.after(() => late.close())
  const endpoint = `http://127.0.0.1:${(late.address() as AddressInfo).port}`
  const env: Environment = { ...loginOf(s3), AWS_ENDPOINT_URL_S3: endpoint }
  await checkStore({ url: 's3://segments/leat', cache: join(base, 'cache'), env }, never)
  assert.ok(connections > 3, `${connections} connections`)
  assert.deepEqual(await readdir(join(base, 'cache')), [])
  const kept = await readdir(join(s3.dir, 'segments'), { recursive: true, withFileTypes: true })
  assert.deepEqual(
    kept.filter((entry) => entry.isFile()),
    [],
  )
})

test('a check that nobody waits for any more ends', async () => {
  const stopping = new AbortController()
  const silent = createServer((socket) => {
    stopping.abort()
    socket.on('error', () => undefined).setTimeout(500, () => socket.destroy())
  })
  await new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening))
  const env = {
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
  }
  await assert.rejects(checkStore({ url: 's3://b', cache: join(base, 'cache'), env }, stopping.signal), {
    name: 'AbortError',
  })
  silent.close()
})

test('PROMISE-STORE-CHECKED: a folder that cannot be made ends the start at once', async () => {
  const data = join(base, 'data')
  for (const [place, args] of [
    ['The data folder /proc/leat/data', ['--data', '/proc/leat/data']],
    ['The segment store /proc/leat/segments', ['--data', data, '--store', '/proc/leat/segments']],
    ['The segment store /proc', ['--data', data, '--store', '/proc']],
  ] as const)
    for (const command of ['start', 'worker'] as const) {
      const line = await new ServerProcess([command, ...args], {}).refusal()
      // Without the rights of root it is refused earlier.
      assert.match(
        line,
        /^leat: (The .*) cannot be used \((ENOENT: no folder or file can be made there|EACCES: .*)\)\. Make it/,
      )
      assert.ok(line.startsWith(`leat: ${place} cannot`), line)
    }
})
