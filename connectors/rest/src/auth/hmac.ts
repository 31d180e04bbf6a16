import { createHmac, randomUUID } from 'node:crypto'
import { restFault } from '../faults.ts'
import { isRecord } from '../json-value.ts'
import { withParameter, type Draft } from '../draft.ts'
import { textOf, withHeader, type Auth, type Credentials } from './auth.ts'

interface Recipe {
  readonly algorithm: string
  readonly encoding: 'hex' | 'base64'
  /** What is signed, with {method} {path} {query} {url} {body} {timestamp} {nonce} {key}. */
  readonly sign: string
  /** Header -> value, with {signature} and the names above. */
  readonly headers: Readonly<Record<string, string>>
  readonly params: Readonly<Record<string, string>>
}

const standard: Recipe = {
  algorithm: 'sha256',
  encoding: 'hex',
  sign: '{timestamp}{method}{path}{body}',
  headers: { 'x-api-key': '{key}', 'x-timestamp': '{timestamp}', 'x-signature': '{signature}' },
  params: {},
}

/**
 * Signs every request with HMAC. `hmac.func` says how, as JSON: `{"algorithm": "sha256", "encoding": "hex", "sign": "{timestamp}{method}{path}{body}",
 * "headers": {"x-signature": "{signature}"}, "params": {}}`. Code in another language is not run.
 */
export function hmac(credentials: Credentials, need: (key: string) => string): Auth {
  const secret = need('hmac.api.secret')
  const key = textOf(credentials, 'hmac.api.key') ?? ''
  const recipe = recipeOf(textOf(credentials, 'hmac.func'))
  return {
    sign: (draft) => {
      const values: Record<string, string> = { ...valuesOf(draft), key }
      const base = fillIn(recipe.sign, values)
      values['signature'] = createHmac(recipe.algorithm, secret).update(base).digest(recipe.encoding)
      let signed = draft
      for (const [name, value] of Object.entries(recipe.headers))
        signed = withHeader(signed, name, fillIn(value, values))
      for (const [name, value] of Object.entries(recipe.params))
        signed = withParameter(signed, name, fillIn(value, values))
      return signed
    },
  }
}

function valuesOf(draft: Draft): Record<string, string> {
  return {
    method: draft.method,
    path: draft.url.pathname,
    query: draft.url.search.slice(1),
    url: draft.url.href,
    body: draft.body ?? '',
    timestamp: String(Math.floor(Date.now() / 1000)),
    nonce: randomUUID(),
  }
}

function fillIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole)
}

function recipeOf(text: string | undefined): Recipe {
  if (text === undefined) return standard
  const plain = /^\s*\{/.test(text) ? text : Buffer.from(text, 'base64').toString()
  try {
    const parsed: unknown = JSON.parse(plain)
    if (isRecord(parsed)) return { ...standard, ...(parsed as Partial<Recipe>) }
  } catch {
    // code, below
  }
  const why =
    '"hmac.func" is no JSON. Functions in Scala are not run here: say what is signed as {"algorithm", "encoding", "sign", "headers", "params"}.'
  throw restFault('auth_conflict', { why }, { field: 'hmac.func' })
}
