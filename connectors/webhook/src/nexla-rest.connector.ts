import { z } from 'zod'
import { connector, describe, flag, ownSourceKeys, ownWebhookKeys, secretText, text } from '@leat/connector-kit'

const hashKeys = ['hash_algorithm', 'hash_request_param', 'hash_secret_key'] as const

/** A hash that is to be checked needs everything that it is checked with. */
function requireHashKeys(options: Record<string, unknown>, context: z.RefinementCtx): void {
  const why =
    options['webhook.auth_type'] === 'Payload Hash'
      ? '"webhook.auth_type" is "Payload Hash"'
      : options['hash.enabled'] === true
        ? '"hash.enabled" is true'
        : null
  if (why === null) return
  for (const key of hashKeys)
    if (options[key] === undefined)
      context.addIssue({ code: 'custom', path: [key], message: `"${key}" is missing, and ${why}` })
}

export const nexlaRest = connector({
  type: 'nexla_rest',
  title: 'Webhook',
  description: 'Records that are posted to a URL of this server',
  category: 'api',
  aliases: { source: { enforce_single_schema: 'schema.detection.once' } },
  source: {
    options: z
      .strictObject({
        'webhook.auth_type': describe(
          z.enum(['Nexla API Key', 'Payload Hash']).default('Nexla API Key'),
          'Authentication',
          'Nexla API Key: every request carries one of the keys of the source. Payload Hash: every request carries an HMAC of its body instead',
        ),
        'schema.detection.once': describe(
          z.boolean().default(true),
          'One nexset only',
          'All records go into one nexset; false: each goes into the nexset of its shape, and one of a shape of its own makes another',
        ),
        'hash.enabled': flag(
          'Check a payload hash',
          'The HMAC of the body is checked as well as the key; Payload Hash checks it in any case',
        ).default(false),
        hash_algorithm: describe(
          z.enum(['HmacSHA1', 'HmacSHA256', 'HmacSHA384', 'HmacSHA512', 'HmacMD5']),
          'Hash algorithm',
          'With which the sender makes the HMAC of the raw body',
        ).optional(),
        hash_request_param: text(
          'Where the hash stands',
          'Name of the header or query parameter with the hash, in hex or base64, such as X-Hub-Signature-256',
        ).optional(),
        hash_secret_key: secretText('Hash secret', 'Shared with the sender').optional(),
        ...ownWebhookKeys,
        'schema.drift.policy': ownSourceKeys['schema.drift.policy'],
      })
      .superRefine(requireHashKeys),
    modes: ['push'],
    hosted: true,
  },
  load: () => import('./webhook-driver.ts'),
})
