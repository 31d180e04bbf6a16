import assert from 'node:assert/strict'
import { test } from 'node:test'
import { demoSettings } from './demo-settings.ts'

test("the address and the size of the server are the caller's, its data are not", () => {
  const given = {
    LEAT_HOST: '::',
    LEAT_PORT: ' 9000 ',
    LEAT_WORKERS: '1',
    LEAT_STORE: 's3://b',
    NEXLA_API_URL: 'u',
    PATH: 'p',
  }
  assert.deepEqual(demoSettings({ ...given, DATABASE_URL: '' }), {
    port: 9000,
    host: '127.0.0.1',
    env: { LEAT_HOST: '::', LEAT_WORKERS: '1', PATH: 'p' },
    unused: ['LEAT_STORE'],
  })
  assert.equal(demoSettings({}).port, undefined)
})

test('settings that a demo cannot use are named with what to use instead', () => {
  for (const [env, message] of [
    [{ LEAT_PORT: '80a' }, 'LEAT_PORT "80a" is not valid. Use a whole number from 0 to 65535.'],
    [{ LEAT_PORT: '65536' }, 'LEAT_PORT "65536" is not valid. Use a whole number from 0 to 65535.'],
    [
      { LEAT_WORKERS: '0' },
      'LEAT_WORKERS "0" is not valid for a demo: nothing would move. Use 1 or more, or leave it out.',
    ],
  ] as const)
    assert.throws(() => demoSettings(env), { name: 'UsageError', message })
})
