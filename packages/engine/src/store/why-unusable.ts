import { connect, isIP } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import { asOperator, Fault, nativeRefusal, networkFault, operatorHasProxy } from '@leat/connector-kit'
import { storeEnds, type StoreEnds, type StoreSettings } from './open-store.ts'
import { withoutQueries } from './store-faults.ts'

/** What is wrong with a store, and what to do, in sentences; `passes`: it may be right a moment later. */
export interface Why {
  readonly says: string
  readonly passes: boolean
}

interface Answer {
  /** Looked for in OpenDAL's message, which quotes status and error code of the service. The first that matches counts. */
  readonly words: RegExp
  readonly passes?: true
  says(ends: StoreEnds): string
}

const login = ({ variables }: StoreEnds): string => variables.join(' and ')

const answers: readonly Answer[] = [
  {
    words: /LoadCredential|no valid credential/,
    says: (ends) => `No login for it was found. Check ${login(ends)}, or run on a machine that has a login of its own.`,
  },
  {
    words: /ConfigInvalid.* at Builder/,
    says: (ends) =>
      `A setting is missing or wrong. Check ${[...ends.variables, ends.endpointVariable].filter(Boolean).join(', ')}.`,
  },
  {
    words:
      /InvalidAccessKeyId|XAdminUserNotFound|XAdminNoSuchUser|SignatureDoesNotMatch|ExpiredToken|InvalidToken|AuthenticationFailed|status: 401/,
    says: (ends) => `It does not accept the login. Check ${login(ends)}.`,
  },
  {
    words: /RequestTimeTooSkewed/,
    says: () => `The clock of this machine is wrong by more than it allows. Set the clock.`,
  },
  {
    words: /PermanentRedirect|AuthorizationHeaderMalformed|status: 30[17]/,
    says: (ends) => `The bucket "${ends.bucket}" is in another region. Set AWS_REGION to that of the bucket.`,
  },
  {
    words: /InvalidBucketName|InvalidResourceName/,
    says: (ends) => `"${ends.bucket}" is no name of a bucket. Correct LEAT_STORE.`,
  },
  {
    words: /NoSuchBucket|ContainerNotFound|specified bucket does not exist/,
    says: (ends) => `There is no bucket "${ends.bucket}"${placeOf(ends)}. Make it, or correct LEAT_STORE.`,
  },
  {
    words: /status: 404/,
    says: (ends) => `Nothing is known of the bucket "${ends.bucket}"${placeOf(ends)} (404). Check bucket and address.`,
  },
  {
    words: /PermissionDenied|status: 403/,
    says: (ends) =>
      `The login may not write, read and delete objects in the bucket "${ends.bucket}". Grant that, or check ${login(ends)}.`,
  },
  {
    words: /status: (429|5\d\d)/,
    passes: true,
    says: (ends) => `It is overloaded or fails at the moment${placeOf(ends)}. Try again later.`,
  },
]

export async function whyUnusable(thrown: unknown, settings: StoreSettings): Promise<Why> {
  // The text of a fault is for people, and shortened; what the service said is behind it.
  const cause = thrown instanceof Fault ? (thrown.cause ?? thrown) : thrown
  const text = cause instanceof Error ? cause.message : String(cause)
  const refusal = nativeRefusal(text)
  if (refusal !== null) return { says: refusal.message, passes: false }
  const ends = storeEnds(settings)
  const answer = answers.find(({ words }) => words.test(text))
  if (answer !== undefined) return { says: answer.says(ends), passes: answer.passes === true }
  const url = URL.parse(/ url: ([^\s,?]+)/.exec(text)?.[1] ?? '')
  if (url !== null) return await whyAway(url, ends)
  return { says: `It said: ${withoutQueries(text).slice(0, 300)}`, passes: false }
}

function placeOf({ endpoint }: StoreEnds): string {
  return endpoint === undefined ? '' : ` at ${endpoint}`
}

/** OpenDAL says no more than that the request could not be sent: what is in its way is found by going there. */
async function whyAway(url: URL, ends: StoreEnds): Promise<Why> {
  if (operatorHasProxy)
    return {
      says: `${url.host} cannot be reached through the proxy that HTTP_PROXY or HTTPS_PROXY names.`,
      passes: true,
    }
  const source = ends.endpoint === undefined ? '' : ` The address is that of ${ends.endpointVariable}.`
  const fault = await asOperator(() => goTo(url)).then(
    () => null,
    (error: unknown) => networkFault(error, url.host),
  )
  const says = fault === null ? `The connection to ${url.host} broke off.` : fault.message
  return { says: `${says}${source}`, passes: fault?.kind !== 'config' }
}

const reachWithinMs = 2000

/** Resolves when somebody answers there, for https with a valid certificate. */
function goTo({ protocol, hostname, port }: URL): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const host = hostname.replaceAll(/^\[|\]$/g, '')
  const socket =
    protocol === 'https:'
      ? connectSecurely({ host, port: Number(port || 443), ...(isIP(host) === 0 && { servername: host }) }, resolve)
      : connect({ host, port: Number(port || 80) }, resolve)
  socket.on('error', reject)
  socket.setTimeout(reachWithinMs, () => reject(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })))
  return promise.finally(() => socket.destroy())
}
