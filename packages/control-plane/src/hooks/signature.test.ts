import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashAgrees, hashAlgorithms } from './signature.ts'

const body = Buffer.from('what do ya want for nothing?')
/** RFC 2202 and RFC 4231, test case 2 (key "Jefe"). */
const published: Readonly<Record<string, string>> = {
  HmacMD5: '750c783e6ab0b503eaa86e310a5db738',
  HmacSHA1: 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79',
  HmacSHA256: '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  HmacSHA384: 'af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649',
  HmacSHA512:
    '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
}

for (const [name, hex] of Object.entries(published))
  test(`${name} agrees with the published vector, in every spelling`, () => {
    const check = { algorithm: hashAlgorithms[name]!, param: 'x', secret: 'Jefe' }
    const bytes = Buffer.from(hex, 'hex')
    for (const given of [
      hex,
      hex.toUpperCase(),
      ` sha256=${hex}`,
      bytes.toString('base64'),
      bytes.toString('base64url'),
    ])
      assert.ok(hashAgrees(check, body, given), given)
    for (const given of ['', 'x', hex.slice(2), hex.replace(/.$/, (last) => (last === '0' ? '1' : '0'))])
      assert.ok(!hashAgrees(check, body, given), given)
    assert.ok(!hashAgrees(check, Buffer.from('what do ya want for nothing!'), hex))
  })
