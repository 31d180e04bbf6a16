import { Fault } from './faults.ts'

const mask = '•••'
/** Shorter ones are part of ordinary words: masking them would tell where they stand, and spoil the text. */
const shortestSecret = 4

/**
 * Masks known secret values in a text, also in the forms that they take in URLs, JSON, headers (Base64, Basic login) and shell-quoted
 * text. The last line of defence: errors are built without secrets in the first place.
 */
export function redact(text: string, secrets: readonly string[]): string {
  let result = text
  for (const form of formsOf(secrets)) result = result.replaceAll(form, mask)
  return result
}

/** The same fault with secrets masked in its message, its stack and the texts of its causes. */
export function redactFault(fault: Fault, secrets: readonly string[]): Fault {
  const clean = new Fault({
    kind: fault.kind,
    code: fault.code,
    message: redact(fault.message, secrets),
    ...(fault.field === undefined ? {} : { field: fault.field }),
    ...(fault.retryAfterMs === undefined ? {} : { retryAfterMs: fault.retryAfterMs }),
    ...(fault.cause === undefined ? {} : { cause: redactCause(fault.cause, secrets, 0) }),
  })
  if (fault.stack !== undefined) clean.stack = redact(fault.stack, secrets)
  return clean
}

/** Causes keep type name, code, text and stack; other members may hold requests with their headers, and go. */
function redactCause(cause: unknown, secrets: readonly string[], depth: number): unknown {
  if (depth > 8) return undefined
  if (!(cause instanceof Error)) return typeof cause === 'string' ? redact(cause, secrets) : undefined
  const inner = redactCause(cause.cause, secrets, depth + 1)
  const clean = new Error(redact(cause.message, secrets), inner === undefined ? undefined : { cause: inner })
  clean.name = cause.name
  if (cause.stack !== undefined) clean.stack = redact(cause.stack, secrets)
  const { code } = cause as { code?: unknown }
  return typeof code === 'string' ? Object.assign(clean, { code: redact(code, secrets) }) : clean
}

/** Longest first, so that a secret that contains another is masked whole. */
function formsOf(secrets: readonly string[]): readonly string[] {
  const forms = new Set<string>()
  for (const secret of secrets) {
    const lines = secret.split('\n').filter((line) => !line.startsWith('-----'))
    for (const form of [secret, ...lines].map((text) => text.trim())) {
      if (form.length < shortestSecret) continue
      const escaped = JSON.stringify(form).slice(1, -1)
      for (const written of [form, encodeURIComponent(form), encodeURI(form), escaped, ...base64Forms(form)])
        forms.add(written)
    }
  }
  return [...forms].sort((left, right) => right.length - left.length)
}

/** What a secret looks like inside longer Base64 (`user:secret`): at each of the three alignments, without the outer characters. */
function base64Forms(secret: string): readonly string[] {
  const bytes = Buffer.byteLength(secret)
  const forms = [0, 1, 2].map((offset) => {
    const text = Buffer.from('\0'.repeat(offset) + secret).toString('base64')
    return text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes) * 8) / 6))
  })
  return forms.filter((form) => form.length >= shortestSecret)
}
