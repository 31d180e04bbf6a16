import { createHmac, timingSafeEqual } from 'node:crypto'

/** How a source checks the HMAC of a body. */
export interface HashCheck {
  /** Name for `createHmac`. */
  readonly algorithm: string
  /** Header or query parameter, lower case. */
  readonly param: string
  readonly secret: string
}

/** `hash_algorithm` -> name in `node:crypto`. */
export const hashAlgorithms: Readonly<Record<string, string>> = {
  HmacSHA1: 'sha1',
  HmacSHA256: 'sha256',
  HmacSHA384: 'sha384',
  HmacSHA512: 'sha512',
  HmacMD5: 'md5',
}

/** True when `given` is the HMAC of the raw body: hex or Base64 (also its URL form), with or without a prefix such as `sha256=`. */
export function hashAgrees(check: HashCheck, body: Uint8Array, given: string): boolean {
  const expected = createHmac(check.algorithm, check.secret).update(body).digest()
  const value = given.trim().replace(/^(hmac-)?(sha1|sha256|sha384|sha512|md5)[=:]/i, '')
  return [/^[0-9a-f]+$/i.test(value) ? 'hex' : null, 'base64', 'base64url']
    .filter((form) => form !== null)
    .some((form) => {
      const bytes = Buffer.from(value, form as BufferEncoding)
      return bytes.length === expected.length && timingSafeEqual(bytes, expected)
    })
}
