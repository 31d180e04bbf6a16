import { createSecureContext } from 'node:tls'
import type { ConnectContext, Connection, Consent, ConsentRequest, JsonObject } from '@leat/connector-kit'
import { HttpClient, type HttpClientOptions } from '@leat/connector-kit/http'
import type { Auth } from './auth/auth.ts'
import { chooseAuth } from './auth/choose-auth.ts'
import * as oauth1 from './auth/oauth1-consent.ts'
import * as consent from './auth/oauth2-consent.ts'
import { checkCredential } from './check-credential.ts'
import { parseHeaderList } from './draft.ts'
import { restFault } from './faults.ts'
import { localManners, type Manners } from './manners.ts'
import { Requester } from './requester.ts'
import { credentialLookup, secretsOf } from './credential-values.ts'
import { sharedManners } from './shared-manners.ts'
import { Concealment } from './source/concealment.ts'
import { RestWriter } from './sink/rest-writer.ts'
import { RestSource } from './source/rest-source.ts'
import { StreamSource } from './stream/stream-source.ts'

/** Shared by all workers for a stored credential, else by this connection. */
function mannersFor(perSecond: number | undefined, context: ConnectContext): Manners {
  const shared = context.shared?.('pace')
  return shared === undefined ? localManners(perSecond) : sharedManners(localManners(undefined), shared, perSecond)
}

/** A client certificate in PKCS#12, and whether certificates are checked at all. */
function tlsOf(credentials: JsonObject): Pick<HttpClientOptions, 'tls'> {
  const p12 = credentials['ui.cert_signed'] === true ? credentials['client.p12'] : undefined
  const passphrase = credentials['client.p12.password']
  const lax = credentials['ignore.ssl.cert.validation'] === true
  if (typeof p12 !== 'string' && !lax) return {}
  if (typeof p12 === 'string') requireCertificate(p12, typeof passphrase === 'string' ? passphrase : undefined)
  return {
    tls: {
      ...(typeof p12 === 'string' ? { pfx: Buffer.from(p12, 'base64') } : {}),
      ...(typeof passphrase === 'string' ? { passphrase } : {}),
      ...(lax ? { rejectUnauthorized: false } : {}),
    },
  }
}

/** Said at once, and not as a failure of the first connection. */
function requireCertificate(p12: string, passphrase: string | undefined): void {
  try {
    createSecureContext({ pfx: Buffer.from(p12, 'base64'), ...(passphrase === undefined ? {} : { passphrase }) })
  } catch (cause) {
    const why =
      '"client.p12" cannot be opened: it is no PKCS#12 file in Base64, or "client.p12.password" is not its password.'
    throw restFault('auth_conflict', { why }, { field: 'client.p12', cause })
  }
}

/** A person allows it in a browser: OAuth 1 or 2, 3-legged. */
export async function beginConsent(
  credentials: JsonObject,
  request: ConsentRequest,
  context: ConnectContext,
): Promise<Consent> {
  if (!isOauth1(credentials)) return consent.beginConsent(credentials, request)
  await using client = consentClient(credentials)
  return await oauth1.beginOauth1Consent(credentials, request, { client, shared: context.shared?.('tokens') })
}

export async function finishConsent(
  credentials: JsonObject,
  request: ConsentRequest & { readonly pending: JsonObject; readonly callback: URLSearchParams },
  context: ConnectContext,
): Promise<void> {
  await using client = consentClient(credentials)
  const tools = { client, shared: context.shared?.('tokens') }
  if (isOauth1(credentials)) await oauth1.finishOauth1Consent(credentials, request, tools)
  else await consent.finishConsent(credentials, request, tools)
}

function isOauth1(credentials: JsonObject): boolean {
  return credentials['auth.type'] === 'OAUTH1' && credentials['oauth1.token_exchange_type'] === '3-legged'
}

function consentClient(credentials: JsonObject): HttpClient {
  return new HttpClient({ secrets: [...secretsOf(credentials).values()], ...tlsOf(credentials) })
}

/** Opens nothing yet: the first request does. */
export async function connect(credentials: JsonObject, context: ConnectContext): Promise<Connection> {
  const secrets = secretsOf(credentials)
  const tokens = (): readonly string[] => auth.secrets?.() ?? []
  const concealment = new Concealment(secrets, tokens)
  const client = new HttpClient({
    secrets: () => [...secrets.values(), ...tokens()],
    maxBodyBytes: 256 * 1024 * 1024,
    connections: 32,
    ...tlsOf(credentials),
  })
  const auth: Auth = chooseAuth(credentials, { client, shared: context.shared?.('tokens') })
  const headers = parseHeaderList(credentials['request.headers'] as string | undefined)
  const requester = (perSecond?: number): Requester =>
    new Requester({ client, auth, concealment, headers, manners: mannersFor(perSecond, context) })
  return {
    // An API has no list of what can be asked for.
    tree: async () => ({}),
    check: () => checkCredential(credentials, requester(), context.signal),
    source: (options, mode) =>
      new (mode === 'stream' ? StreamSource : RestSource)({
        options,
        requester: (plan) => requester(plan.requestsPerSecond),
        concealment,
        credential: credentialLookup(credentials),
        haveToken: async (signal) => void (await auth.token?.(signal)),
        shown: {
          credentialHeaders: Object.keys(headers),
          authentication: String(credentials['auth.type'] ?? 'NONE'),
        },
        ...(context.lookup === undefined ? {} : { lookup: context.lookup }),
      }),
    openWriter: async (request) =>
      new RestWriter(
        request,
        requester(request.options['requests_per_second'] as number | undefined),
        credentialLookup(credentials),
        context.answers,
      ),
    plan: async ({ options }) => {
      const many =
        options['batch.mode'] === true ? `up to ${Number(options['max.poll.records'])} records` : 'one record'
      return [{ what: `${String(options['method'])} ${String(options['url.template'])} with ${many} per request` }]
    },
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]()
    },
  }
}
