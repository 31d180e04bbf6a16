import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { Fault } from './faults.ts'
import { redact, redactFault } from './secrets.ts'

const secret = 'p@ss/w+rd "x"'

test('a secret is masked in every form that it takes', () => {
  const forms = [
    `key=${secret}`,
    `https://h/?key=${encodeURIComponent(secret)}`,
    JSON.stringify({ key: secret }),
    Buffer.from(secret).toString('base64'),
    ...['u', 'us', 'user'].map((user) => `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`),
  ]
  for (const form of forms) {
    const masked = redact(form, [secret])
    assert.match(masked, /•••/, form)
    assert.ok(!masked.includes('w+rd') && !masked.includes('w%2Brd'), masked)
  }
})

test('short secrets do not spoil the text, and a longer secret is masked whole', () => {
  assert.equal(redact('a cat sat', ['at', '']), 'a cat sat')
  assert.equal(redact('token-12345', ['token', 'token-12345']), '•••')
})

test('the lines of a key are masked one by one, its frame is not', () => {
  const key = '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END PRIVATE KEY-----'
  assert.equal(
    redact('near kqhkiG9w0BAQEF and -----BEGIN PRIVATE KEY-----', [key]),
    'near ••• and -----BEGIN PRIVATE KEY-----',
  )
})

test('PROMISE-SECRETS-STAY: a fault loses its secrets in message, stack and causes, and keeps the rest', () => {
  const cause = Object.assign(new Error(`login ${secret}`), {
    code: 'EAUTH',
    request: { headers: { authorization: secret } },
  })
  const fault = new Fault({
    kind: 'rate_limited',
    code: 'a.b',
    message: `no ${secret}`,
    field: 'key',
    retryAfterMs: 5,
    cause: new Error('outer', { cause }),
  })
  const clean = redactFault(fault, [secret])
  assert.ok(!inspect(clean, { depth: 9 }).includes('p@ss'))
  assert.deepEqual([clean.kind, clean.code, clean.field, clean.retryAfterMs], ['rate_limited', 'a.b', 'key', 5])
  assert.equal(((clean.cause as Error).cause as NodeJS.ErrnoException).code, 'EAUTH')
})
