import { z } from 'zod'
import { describe, flag, secretText, text, unused, whole } from '@leat/connector-kit'

/* Credentials of `rest`: the keys of `rest_data_credential`, by the way in which a request proves who asks. */

export const authTypes = [
  'NONE',
  'BASIC',
  'API_KEY',
  'TOKEN',
  'OAUTH1',
  'OAUTH2',
  'AWS_SIGNATURE',
  'gcp_service_account',
] as const

const basic = {
  'basic.username': text('User name', 'For BASIC and TOKEN').optional(),
  'basic.password': secretText('Password', 'For BASIC and TOKEN').optional(),
} as const

const apiKey = {
  'api.key.include.mode': describe(
    z.enum(['HEADER', 'URL_PARAMETER']),
    'Where the key goes',
    'For API_KEY (default HEADER)',
  ).optional(),
  'api.key.auth.key': text('Header or parameter', 'Name under which the key is sent').optional(),
  'api.key.auth.value': secretText('API key', 'The key').optional(),
} as const

const token = {
  'token.auth.url': text('Token URL', 'For TOKEN: where a login gives a token').optional(),
  'token.auth.method': describe(z.enum(['GET', 'POST', 'PUT']), 'Token method', '(default POST)').optional(),
  'token.auth.token.header.name': text('Login header', 'Header for user:password on the token call').optional(),
  'token.auth.body': secretText('Token body', 'JSON text that is sent to the token URL').optional(),
  'token.auth.response.format': describe(
    z.enum(['json', 'xml', 'plain']),
    'Token answer',
    'How the token URL answers (default json)',
  ).optional(),
  'token.auth.token.path': text('Token path', 'JSONPath or XPath of the token in the answer').optional(),
  'token.auth.token.include.mode': describe(
    z.enum(['HEADER', 'URL_PARAMETER']),
    'Where the token goes',
    '(default HEADER)',
  ).optional(),
  'token.auth.token.url.parameter': text('Token parameter', 'For URL_PARAMETER: its name').optional(),
  'token.auth.request.header.name': text('Token header', '(default Authorization)').optional(),
  'token.auth.request.header.prefix': z
    .string()
    .optional()
    .meta({ title: 'Token prefix', description: 'Before the token (default Bearer)' }),
  'token.auth.token.include.cookie': flag(
    'Send cookies',
    'Cookies of the token answer go with every request',
  ).optional(),
} as const

const oauth1 = {
  'oauth1.token_exchange_type': describe(
    z.enum(['2-legged', '3-legged']),
    'OAuth 1 flow',
    '3-legged: for a user, by access.token and access.token.secret, or allowed in a browser at auth.url',
  ).optional(),
  'oauth1.request.url': text('Request token URL', 'For 3-legged').optional(),
  'oauth1.request_url.req_url_params': text('Request token parameters', 'Added to the request token URL').optional(),
  'oauth1.auth.url': text('Authorization URL', 'For 3-legged').optional(),
  'oauth1.auth_url.auth_url_params': text('Authorization parameters', 'Added to the authorization URL').optional(),
  'oauth1.token.url': text('Access token URL', 'For 3-legged').optional(),
  'oauth1.token_url.token_url_params': text('Access token parameters', 'Added to the access token URL').optional(),
  'oauth1.signature.method': describe(
    z.enum(['PLAINTEXT', 'HMAC-SHA1', 'HMAC-SHA256']),
    'Signature',
    '(default PLAINTEXT)',
  ).optional(),
  'oauth1.consumer.key': text('Consumer key', 'Of the application').optional(),
  'oauth1.consumer.secret': secretText('Consumer secret', 'Of the application').optional(),
  'oauth1.access.token': secretText('Access token', 'Of the user').optional(),
  'oauth1.access.token.secret': secretText('Access token secret', 'Of the user').optional(),
  'oauth1.extra.parameters': text('More OAuth parameters', 'JSON object, signed as well (default {})').optional(),
} as const

const oauth2 = {
  'oauth2.token_exchange_type': describe(
    z.enum(['2-legged', '3-legged']),
    'OAuth 2 flow',
    '2-legged: client credentials (default); 3-legged: a person allows it in a browser',
  ).optional(),
  'oauth2.client.id': text('Client id', 'Of the application').optional(),
  'oauth2.client.secret': secretText('Client secret', 'Of the application').optional(),
  'oauth2.auth.url': text('Authorization URL', 'For 3-legged: where the person goes').optional(),
  'oauth2.auth_url.auth_url_params': text('Authorization parameters', 'Added to it: `a=b&c=d`').optional(),
  'oauth2.access.token.url': text('Token URL', 'Where tokens come from').optional(),
  'oauth2.token_url.token_url_params': text('Token parameters', 'Added to it: `a=b&c=d`').optional(),
  'oauth2.token.type.override': text('Token type', 'Word before the token (default Bearer)').optional(),
  'oauth2.access.token.method': describe(z.enum(['GET', 'POST']), 'Token method', '(default POST)').optional(),
  'oauth2.client.auth.scheme': describe(
    z.enum(['header', 'form', 'query']),
    'Client login',
    'How client id and secret go to the token URL (default header)',
  ).optional(),
  'oauth2.auth.body': secretText('Token body', 'JSON text: more fields of the token call, for 2-legged').optional(),
  'oauth2.auth.headers': secretText(
    'Token headers',
    'More headers of the token call: `k:v,k:v`, for 2-legged',
  ).optional(),
  'oauth2.access.token': secretText('Access token', 'A token that is there already').optional(),
  'vendor.has_token_expiration_ts': flag(
    'Tokens end at a moment',
    'The token answer says when, in expires_at or expires_on (default false: expires_in)',
  ).optional(),
  'vendor.name': unused(
    text('Vendor', 'Name of the service').optional(),
    'the URLs of the credential say which service is asked; this name is kept for people',
  ),
  'vendor.token_expires_in': whole('Token lifetime', 'Seconds, when the token answer does not say').optional(),
  'vendor.token_type': text('Vendor token type', 'Word before the token').optional(),
  'vendor.scopes': text('Scopes', 'Separated by spaces or commas').optional(),
  'vendor.refresh_url': text('Refresh URL', 'Where a refresh token is exchanged (default the token URL)').optional(),
  'vendor.auth_scheme': text('Vendor login scheme', 'header, form or query').optional(),
  'vendor.access_token': secretText('Vendor access token', 'A token that is there already').optional(),
  'vendor.refresh_token': secretText('Refresh token', 'For new access tokens').optional(),
} as const

const cloud = {
  'aws.access.key': text('AWS access key', 'For AWS_SIGNATURE').optional(),
  'aws.secret.key': secretText('AWS secret key', 'For AWS_SIGNATURE').optional(),
  'aws.region': text('AWS region', 'Part of the signature (default from the host)').optional(),
  'aws.service': text('AWS service', 'Part of the signature, such as execute-api (default from the host)').optional(),
  'aws.session.token': secretText('AWS session token', 'Of temporary keys').optional(),
  'gcp.service.account.credentials.json': z
    .union([z.string(), z.record(z.string(), z.unknown())])
    .optional()
    .meta({ title: 'Service account', description: 'Its JSON key, for gcp_service_account', secret: true }),
  'gcp.service.account.oauth.scopes': text('Google scopes', 'Separated by commas (default cloud-platform)').optional(),
} as const

const jwt = {
  'jwt.enabled': flag('Sign a JWT', 'A JWT of our own proves who asks, or is exchanged for a token').optional(),
  'jwt.auth.url': text('JWT token URL', 'Where the JWT is exchanged; absent: the JWT itself is the token').optional(),
  'jwt.auth.body': text('JWT token body', '{token} stands for the JWT').optional(),
  'jwt.auth.content.type': text('JWT content type', '(default application/x-www-form-urlencoded)').optional(),
  'jwt.auth.response.format': describe(z.enum(['json', 'xml', 'plain']), 'JWT answer', '(default json)').optional(),
  'jwt.auth.token.path': text('JWT token path', 'JSONPath or XPath of the token (default $.access_token)').optional(),
  'jwt.auth.token.type.path': text('JWT token type path', 'JSONPath or XPath of the token’s type').optional(),
  'jwt.token.include.mode': describe(
    z.enum(['HEADER', 'URL_PARAMETER']),
    'Where the JWT token goes',
    '(default HEADER)',
  ).optional(),
  'jwt.token.url.parameter': text('JWT parameter', 'For URL_PARAMETER: its name').optional(),
  'jwt.token.header': text('JWT header', '(default Authorization)').optional(),
  'jwt.token.header.type': z
    .string()
    .optional()
    .meta({ title: 'JWT header type', description: 'Word before the token (default Bearer)' }),
  'jwt.secret': secretText('JWT key', 'Shared secret, or private key in PEM').optional(),
  'jwt.algorithm': describe(
    z.enum([
      'HS256',
      'HS384',
      'HS512',
      'RS256',
      'RS384',
      'RS512',
      'ES256',
      'ES384',
      'ES512',
      'PS256',
      'PS384',
      'PS512',
      'NONE',
    ]),
    'JWT algorithm',
    '(default HS256)',
  ).optional(),
  'jwt.claim.expiration.sec': whole('JWT lifetime', 'Seconds (default 3600)').optional(),
  'jwt.claim.scope': text('JWT scope', 'Claim `scope`').optional(),
  'jwt.claim.audience': text('JWT audience', 'Claim `aud`').optional(),
  'jwt.claim.issuer': text('JWT issuer', 'Claim `iss`').optional(),
  'jwt.claim.extra.json': text('More JWT claims', 'JSON object').optional(),
} as const

const signing = {
  'hmac.enabled': flag('Sign with HMAC', 'hmac.func computes headers or parameters of every request').optional(),
  'hmac.api.key': text('HMAC key id', 'Which secret signs').optional(),
  'hmac.api.secret': secretText('HMAC secret', 'Signs').optional(),
  'hmac.func': text('HMAC function', 'What is signed, and where the signature goes').optional(),
  'ui.cert_signed': flag('Client certificate', 'The service asks for a certificate').optional(),
  'client.p12': secretText('Certificate', 'PKCS#12 file, base64').optional(),
  'client.p12.password': secretText('Certificate password', 'Of the PKCS#12 file').optional(),
} as const

export const testContentTypes = [
  'application/json',
  'application/xml',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'text/plain',
  'text/html',
  'text/xml',
  'text/csv',
  'application/octet-stream',
  'application/graphql',
  'application/javascript',
  'application/vnd.api+json',
  'application/ld+json',
] as const

const checking = {
  'skip.validation': flag('Skip the test', 'The credential is taken without a test request').optional(),
  'test.url': text('Test URL', 'A check asks for this').optional(),
  'test.method': describe(z.enum(['GET', 'POST', 'PUT']), 'Test method', '(default GET)').optional(),
  'test.content.type': describe(z.enum(testContentTypes), 'Test content type', '(default application/json)').optional(),
  'test.body': text('Test body', 'Sent to the test URL').optional(),
} as const

export const restCredentials = z
  .strictObject({
    'auth.type': describe(
      z.enum(authTypes),
      'Authentication',
      'How requests prove who asks. Absent: NONE, with values for ${CREDENTIAL.…} only',
    ).optional(),
    ...basic,
    ...apiKey,
    ...token,
    ...oauth1,
    ...oauth2,
    ...cloud,
    ...jwt,
    ...signing,
    ...checking,
    'request.headers': secretText('Headers', 'Added to every request: `h1:v1,h2:v2`').optional(),
    'ignore.ssl.cert.validation': flag('Accept any certificate', 'Only for test systems (default false)').optional(),
    token: secretText('Token', 'Value of ${CREDENTIAL.token}').optional(),
  })
  .catchall(
    z.union([z.string(), z.number(), z.boolean()]).meta({
      title: 'Own value',
      description: 'Any other key: a secret for ${CREDENTIAL.<key>} in a template',
      secret: true,
    }),
  )
