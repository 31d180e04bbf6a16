import { AwsV4Signer } from 'aws4fetch'
import { textOf, type Auth, type Credentials } from './auth.ts'

/** AWS Signature Version 4; region and service are read from the host of AWS endpoints unless given. */
export function awsSignature(credentials: Credentials, need: (key: string) => string): Auth {
  const accessKeyId = need('aws.access.key')
  const secretAccessKey = need('aws.secret.key')
  const region = textOf(credentials, 'aws.region')
  const service = textOf(credentials, 'aws.service')
  const sessionToken = textOf(credentials, 'aws.session.token')
  return {
    async sign(draft) {
      const address = new URL(draft.url)
      address.search = canonicalQuery(address.searchParams)
      const signer = new AwsV4Signer({
        method: draft.method,
        url: address.href,
        headers: { ...draft.headers },
        ...(draft.body === undefined ? {} : { body: draft.body }),
        accessKeyId,
        secretAccessKey,
        ...(sessionToken === undefined ? {} : { sessionToken }),
        ...(region === undefined ? {} : { region }),
        ...(service === undefined ? {} : { service }),
      })
      const { url, headers } = await signer.sign()
      return { ...draft, url: new URL(url), headers: Object.fromEntries(headers) }
    },
  }
}

/** The query as it is signed: a form's `+` for a space, or a bare `*`, would be another query to whoever checks. */
function canonicalQuery(query: URLSearchParams): string {
  return [...query].map((pair) => pair.map(encode).join('=')).join('&')
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}
