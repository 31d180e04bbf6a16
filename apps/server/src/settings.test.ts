import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { Fault } from '@leat/connector-kit'
import { readSettings } from './settings.ts'

test('settings have the documented defaults', () => {
  const settings = readSettings(['start'], {})
  assert.deepEqual(
    { ...settings, workers: settings.workers > 0 },
    {
      command: 'start',
      data: resolve('leat-data'),
      host: '127.0.0.1',
      port: 8787,
      publicUrl: undefined,
      databaseUrl: undefined,
      store: resolve('leat-data/segments'),
      masterKey: undefined,
      workers: true,
      log: undefined,
      logLevel: 'info',
      localFolders: [],
      leaseSeconds: 15,
      workerMemoryMb: 300,
    },
  )
})

test('flags win over the environment', () => {
  const env = {
    LEAT_DATA: '/a',
    LEAT_PORT: '1',
    LEAT_HOST: 'h',
    LEAT_STORE: 's3://b/p',
    LEAT_WORKERS: '3',
    DATABASE_URL: 'postgres://x/y',
    LEAT_LOG: 'json',
  }
  const fromEnvironment = readSettings(['start'], env)
  assert.deepEqual(
    [
      fromEnvironment.data,
      fromEnvironment.port,
      fromEnvironment.host,
      fromEnvironment.store,
      fromEnvironment.workers,
      fromEnvironment.log,
    ],
    ['/a', 1, 'h', 's3://b/p', 3, 'json'],
  )
  const flags = readSettings(
    [
      'start',
      '--data',
      '/b',
      '--port=2',
      '--host',
      'g',
      '--store',
      '/s',
      '--workers',
      '0',
      '--database-url',
      'postgres://z',
      '--log',
      'pretty',
    ],
    env,
  )
  assert.deepEqual(
    [flags.data, flags.port, flags.host, flags.store, flags.workers, flags.databaseUrl, flags.log],
    ['/b', 2, 'g', '/s', 0, 'postgres://z', 'pretty'],
  )
  assert.equal(readSettings(['start', '--no-worker'], env).workers, 0)
})

test('an empty variable counts as not given, and local folders are a list', () => {
  const settings = readSettings(['worker'], { LEAT_PORT: '', DATABASE_URL: ' ', LEAT_LOCAL_FOLDERS: '/in:/out::' })
  assert.deepEqual([settings.port, settings.databaseUrl, settings.localFolders], [8787, undefined, ['/in', '/out']])
})

for (const [args, env, message] of [
  [['run'], {}, /command "run" is not valid. Use start or worker/],
  [['start'], { LEAT_PORT: '80a' }, /LEAT_PORT "80a" is not valid. Use a whole number from 0 to 65535/],
  [['start', '--port', '70000'], {}, /LEAT_PORT "70000"/],
  [['start', '--nonsense'], {}, /--nonsense.*Flags: --data/],
  [['start'], { LEAT_WORKERS: 'many' }, /LEAT_WORKERS "many" is not valid. Use a whole number from 0 to 256/],
  [
    ['start'],
    { LEAT_STORE: 'ftp://h/p?key=s3cret' },
    /LEAT_STORE "ftp:\/\/h\/p" is not valid. Use a folder, s3:\/\/bucket/,
  ],
  [['worker', '--store', 's3://'], {}, /LEAT_STORE "s3:\/\/" is not valid. Use a folder, s3:\/\/bucket/],
  [['start'], { LEAT_LOG: 'loud' }, /LEAT_LOG "loud".*pretty, json/],
  [['start'], { DATABASE_URL: 'mysql://root:s3cret@h' }, /^DATABASE_URL is not a PostgreSQL address/],
] as const) {
  test(`a wrong setting is named: ${JSON.stringify(args)} ${JSON.stringify(env)}`, () => {
    assert.throws(
      () => readSettings(args, env),
      (error: unknown) =>
        error instanceof Fault &&
        error.kind === 'config' &&
        message.test(error.message) &&
        !error.message.includes('s3cret'),
    )
  })
}

test('networks that cannot be understood stop the start', () => {
  for (const name of ['LEAT_NETWORK_ALLOW', 'LEAT_NETWORK_DENY'])
    assert.throws(() => readSettings(['start'], { [name]: '10.0.0.0/99' }), { code: 'settings.invalid', field: name })
})
