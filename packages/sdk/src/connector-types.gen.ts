// Generated from connectors/*/*.spec.json by scripts/generate-connector-types.ts. Do not edit.

export interface CredentialConfigs {
  min_io_s3: MinIoS3Credentials
  postgres: PostgresCredentials
  rest: RestCredentials
  s3: S3Credentials
  snowflake: SnowflakeCredentials
}

export interface SourceConfigs {
  file_upload: FileUploadSource
  local_file: LocalFileSource
  min_io_s3: MinIoS3Source
  nexla_rest: NexlaRestSource
  postgres: PostgresSource
  rest: RestSource
  s3: S3Source
  snowflake: SnowflakeSource
}

export interface SinkConfigs {
  local_file: LocalFileSink
  min_io_s3: MinIoS3Sink
  postgres: PostgresSink
  rest: RestSink
  s3: S3Sink
  snowflake: SnowflakeSink
}

/** MinIO and other S3-compatible stores: `credentials` */
export interface MinIoS3Credentials {
  /** URL of the service, with protocol and port. */
  nx_external_host?: string
  /** Only min_io_s3. */
  'nx_external.auth.type'?: 'min_io_s3'
  /** JSON text with access_key_id and secret_key; or give access_key and secret_key. */
  'nx_external.auth.props'?: string
  /** For Access Key. */
  access_key?: string
  /** For Access Key. */
  secret_key?: string
  /** Of a temporary access key. */
  session_token?: string
  /** Of the buckets. Default: `"us-east-1"`. */
  region?: string
  /** bucket or bucket/folder that the key is limited to. */
  'test.path'?: string
  /** With a KMS key (default false). */
  has_client_encryption?: boolean
  /** For client-side encryption. */
  encryption_mode?: 'EncryptionOnly' | 'AuthenticatedEncryption' | 'StrictAuthenticatedEncryption'
  /** For client-side encryption. */
  kms_key?: string
  /** Of written files (default false). */
  'sse.enabled'?: boolean
  /** Blank: keys managed by S3. */
  'sse.kms_key.arn'?: string
  /** Repeated by some clients; has no effect. */
  credentials_type?: string
  /** Put the bucket in the path of the URL instead of the host name; true unless the endpoint is Amazon’s. */
  path_style?: boolean
  /** Decrypt on read, encrypt on write (default false). */
  file_encryption_enabled?: boolean
  /** Only pgp. */
  'encrypt.standard'?: 'pgp'
  /** User id of their key. */
  'external.user.id'?: string
  /** Armoured. */
  'external.public.key'?: string
  /** User id of our key. */
  'encrypt.user.id'?: string
  /** Of our private key. */
  'encrypt.private.password'?: string
  /** Ours, armoured. */
  'encrypt.private.key'?: string
  /** The same as `access_key`. */
  access_key_id?: string
  /** The same as `secret_key`. */
  secret_access_key?: string
  /** The same as `access_key`. */
  aws_access_key_id?: string
  /** The same as `secret_key`. */
  aws_secret_access_key?: string
  /** The same as `nx_external_host`. */
  endpoint_url?: string
  /** The same as `nx_external_host`. */
  endpoint?: string
}

/** PostgreSQL: `credentials` */
export interface PostgresCredentials {
  /** Name or address of the server, without a protocol. */
  host: string
  /** TCP port of the server. Default: `5432`. */
  port?: number
  /** Name of the login. */
  username?: string
  /** Of the login. */
  password: string
  /** Name of the database. */
  database_name?: string
  /** Schema of the tables of interest. */
  schema_name?: string
  /** Repeated by some clients; has no effect. */
  credentials_type?: string
  /** disable: never. prefer (default): when the server offers it. require: always, without checking who the server is. verify-ca, verify-full: always, with a certificate of ssl_root_cert or a public authority; verify-full also for the host name. */
  ssl_mode?: 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full'
  /** PEM text of the certificates to trust. */
  ssl_root_cert?: string
  /** PEM text, for servers that ask for one. */
  ssl_cert?: string
  /** PEM text of its private key. */
  ssl_key?: string
  /** Connect through a bastion host (default false). */
  has_ssh_tunnel?: boolean
  /** With an SSH tunnel. */
  'tunnel.bastion.host'?: string
  /** With an SSH tunnel (default 22). */
  'tunnel.bastion.port'?: number
  /** With an SSH tunnel. */
  'tunnel.bastion.user'?: string
  /** PEM or OpenSSH text. */
  'tunnel.bastion.private_key'?: string
  /** Of the private key. */
  'tunnel.bastion.private_key_passphrase'?: string
  /** Instead of a private key. */
  'tunnel.bastion.password'?: string
  /** SHA256 fingerprint; when given, a bastion with another key is refused. */
  'tunnel.bastion.host_key'?: string
  /** The same as `username`. */
  user?: string
  /** The same as `database_name`. */
  database?: string
  /** The same as `schema_name`. */
  schema?: string
}

/** REST API: `credentials` */
export interface RestCredentials {
  /** How requests prove who asks. Absent: NONE, with values for ${CREDENTIAL.…} only. */
  'auth.type'?: 'NONE' | 'BASIC' | 'API_KEY' | 'TOKEN' | 'OAUTH1' | 'OAUTH2' | 'AWS_SIGNATURE' | 'gcp_service_account'
  /** For BASIC and TOKEN. */
  'basic.username'?: string
  /** For BASIC and TOKEN. */
  'basic.password'?: string
  /** For API_KEY (default HEADER). */
  'api.key.include.mode'?: 'HEADER' | 'URL_PARAMETER'
  /** Name under which the key is sent. */
  'api.key.auth.key'?: string
  /** The key. */
  'api.key.auth.value'?: string
  /** For TOKEN: where a login gives a token. */
  'token.auth.url'?: string
  /** (default POST). */
  'token.auth.method'?: 'GET' | 'POST' | 'PUT'
  /** Header for user:password on the token call. */
  'token.auth.token.header.name'?: string
  /** JSON text that is sent to the token URL. */
  'token.auth.body'?: string
  /** How the token URL answers (default json). */
  'token.auth.response.format'?: 'json' | 'xml' | 'plain'
  /** JSONPath or XPath of the token in the answer. */
  'token.auth.token.path'?: string
  /** (default HEADER). */
  'token.auth.token.include.mode'?: 'HEADER' | 'URL_PARAMETER'
  /** For URL_PARAMETER: its name. */
  'token.auth.token.url.parameter'?: string
  /** (default Authorization). */
  'token.auth.request.header.name'?: string
  /** Before the token (default Bearer). */
  'token.auth.request.header.prefix'?: string
  /** Cookies of the token answer go with every request. */
  'token.auth.token.include.cookie'?: boolean
  /** 3-legged: for a user, by access.token and access.token.secret, or allowed in a browser at auth.url. */
  'oauth1.token_exchange_type'?: '2-legged' | '3-legged'
  /** For 3-legged. */
  'oauth1.request.url'?: string
  /** Added to the request token URL. */
  'oauth1.request_url.req_url_params'?: string
  /** For 3-legged. */
  'oauth1.auth.url'?: string
  /** Added to the authorization URL. */
  'oauth1.auth_url.auth_url_params'?: string
  /** For 3-legged. */
  'oauth1.token.url'?: string
  /** Added to the access token URL. */
  'oauth1.token_url.token_url_params'?: string
  /** (default PLAINTEXT). */
  'oauth1.signature.method'?: 'PLAINTEXT' | 'HMAC-SHA1' | 'HMAC-SHA256'
  /** Of the application. */
  'oauth1.consumer.key'?: string
  /** Of the application. */
  'oauth1.consumer.secret'?: string
  /** Of the user. */
  'oauth1.access.token'?: string
  /** Of the user. */
  'oauth1.access.token.secret'?: string
  /** JSON object, signed as well (default {}). */
  'oauth1.extra.parameters'?: string
  /** 2-legged: client credentials (default); 3-legged: a person allows it in a browser. */
  'oauth2.token_exchange_type'?: '2-legged' | '3-legged'
  /** Of the application. */
  'oauth2.client.id'?: string
  /** Of the application. */
  'oauth2.client.secret'?: string
  /** For 3-legged: where the person goes. */
  'oauth2.auth.url'?: string
  /** Added to it: `a=b&c=d`. */
  'oauth2.auth_url.auth_url_params'?: string
  /** Where tokens come from. */
  'oauth2.access.token.url'?: string
  /** Added to it: `a=b&c=d`. */
  'oauth2.token_url.token_url_params'?: string
  /** Word before the token (default Bearer). */
  'oauth2.token.type.override'?: string
  /** (default POST). */
  'oauth2.access.token.method'?: 'GET' | 'POST'
  /** How client id and secret go to the token URL (default header). */
  'oauth2.client.auth.scheme'?: 'header' | 'form' | 'query'
  /** JSON text: more fields of the token call, for 2-legged. */
  'oauth2.auth.body'?: string
  /** More headers of the token call: `k:v,k:v`, for 2-legged. */
  'oauth2.auth.headers'?: string
  /** A token that is there already. */
  'oauth2.access.token'?: string
  /** The token answer says when, in expires_at or expires_on (default false: expires_in). */
  'vendor.has_token_expiration_ts'?: boolean
  /** Name of the service. */
  'vendor.name'?: string
  /** Seconds, when the token answer does not say. */
  'vendor.token_expires_in'?: number
  /** Word before the token. */
  'vendor.token_type'?: string
  /** Separated by spaces or commas. */
  'vendor.scopes'?: string
  /** Where a refresh token is exchanged (default the token URL). */
  'vendor.refresh_url'?: string
  /** header, form or query. */
  'vendor.auth_scheme'?: string
  /** A token that is there already. */
  'vendor.access_token'?: string
  /** For new access tokens. */
  'vendor.refresh_token'?: string
  /** For AWS_SIGNATURE. */
  'aws.access.key'?: string
  /** For AWS_SIGNATURE. */
  'aws.secret.key'?: string
  /** Part of the signature (default from the host). */
  'aws.region'?: string
  /** Part of the signature, such as execute-api (default from the host). */
  'aws.service'?: string
  /** Of temporary keys. */
  'aws.session.token'?: string
  /** Its JSON key, for gcp_service_account. */
  'gcp.service.account.credentials.json'?: string | Record<string, unknown>
  /** Separated by commas (default cloud-platform). */
  'gcp.service.account.oauth.scopes'?: string
  /** A JWT of our own proves who asks, or is exchanged for a token. */
  'jwt.enabled'?: boolean
  /** Where the JWT is exchanged; absent: the JWT itself is the token. */
  'jwt.auth.url'?: string
  /** {token} stands for the JWT. */
  'jwt.auth.body'?: string
  /** (default application/x-www-form-urlencoded). */
  'jwt.auth.content.type'?: string
  /** (default json). */
  'jwt.auth.response.format'?: 'json' | 'xml' | 'plain'
  /** JSONPath or XPath of the token (default $.access_token). */
  'jwt.auth.token.path'?: string
  /** JSONPath or XPath of the token’s type. */
  'jwt.auth.token.type.path'?: string
  /** (default HEADER). */
  'jwt.token.include.mode'?: 'HEADER' | 'URL_PARAMETER'
  /** For URL_PARAMETER: its name. */
  'jwt.token.url.parameter'?: string
  /** (default Authorization). */
  'jwt.token.header'?: string
  /** Word before the token (default Bearer). */
  'jwt.token.header.type'?: string
  /** Shared secret, or private key in PEM. */
  'jwt.secret'?: string
  /** (default HS256). */
  'jwt.algorithm'?: 'HS256' | 'HS384' | 'HS512' | 'RS256' | 'RS384' | 'RS512' | 'ES256' | 'ES384' | 'ES512' | 'PS256' | 'PS384' | 'PS512' | 'NONE'
  /** Seconds (default 3600). */
  'jwt.claim.expiration.sec'?: number
  /** Claim `scope`. */
  'jwt.claim.scope'?: string
  /** Claim `aud`. */
  'jwt.claim.audience'?: string
  /** Claim `iss`. */
  'jwt.claim.issuer'?: string
  /** JSON object. */
  'jwt.claim.extra.json'?: string
  /** hmac.func computes headers or parameters of every request. */
  'hmac.enabled'?: boolean
  /** Which secret signs. */
  'hmac.api.key'?: string
  /** Signs. */
  'hmac.api.secret'?: string
  /** What is signed, and where the signature goes. */
  'hmac.func'?: string
  /** The service asks for a certificate. */
  'ui.cert_signed'?: boolean
  /** PKCS#12 file, base64. */
  'client.p12'?: string
  /** Of the PKCS#12 file. */
  'client.p12.password'?: string
  /** The credential is taken without a test request. */
  'skip.validation'?: boolean
  /** A check asks for this. */
  'test.url'?: string
  /** (default GET). */
  'test.method'?: 'GET' | 'POST' | 'PUT'
  /** (default application/json). */
  'test.content.type'?: 'application/json' | 'application/xml' | 'application/x-www-form-urlencoded' | 'multipart/form-data' | 'text/plain' | 'text/html' | 'text/xml' | 'text/csv' | 'application/octet-stream' | 'application/graphql' | 'application/javascript' | 'application/vnd.api+json' | 'application/ld+json'
  /** Sent to the test URL. */
  'test.body'?: string
  /** Added to every request: `h1:v1,h2:v2`. */
  'request.headers'?: string
  /** Only for test systems (default false). */
  'ignore.ssl.cert.validation'?: boolean
  /** Value of ${CREDENTIAL.token}. */
  token?: string
}

/** Amazon S3: `credentials` */
export interface S3Credentials {
  /** (default Access Key when a key is given, ARN when an arn is, else Instance Role). */
  s3_auth_type?: 'Access Key' | 'ARN' | 'Instance Role'
  /** For Access Key. */
  access_key?: string
  /** For Access Key. */
  secret_key?: string
  /** Of a temporary access key. */
  session_token?: string
  /** IAM ARN of the role to take on. */
  arn?: string
  /** Asked for by the role. */
  external_id?: string
  /** Of the buckets. Default: `"us-east-1"`. */
  region?: string
  /** bucket or bucket/folder that the key is limited to. */
  'test.path'?: string
  /** With a KMS key (default false). */
  has_client_encryption?: boolean
  /** For client-side encryption. */
  encryption_mode?: 'EncryptionOnly' | 'AuthenticatedEncryption' | 'StrictAuthenticatedEncryption'
  /** For client-side encryption. */
  kms_key?: string
  /** Of written files (default false). */
  'sse.enabled'?: boolean
  /** Blank: keys managed by S3. */
  'sse.kms_key.arn'?: string
  /** Repeated by some clients; has no effect. */
  credentials_type?: string
  /** URL of an S3-compatible service, with protocol and port; absent for Amazon S3. */
  endpoint?: string
  /** Put the bucket in the path of the URL instead of the host name; true unless the endpoint is Amazon’s. */
  path_style?: boolean
  /** Decrypt on read, encrypt on write (default false). */
  file_encryption_enabled?: boolean
  /** Only pgp. */
  'encrypt.standard'?: 'pgp'
  /** User id of their key. */
  'external.user.id'?: string
  /** Armoured. */
  'external.public.key'?: string
  /** User id of our key. */
  'encrypt.user.id'?: string
  /** Of our private key. */
  'encrypt.private.password'?: string
  /** Ours, armoured. */
  'encrypt.private.key'?: string
  /** The same as `access_key`. */
  access_key_id?: string
  /** The same as `secret_key`. */
  secret_access_key?: string
  /** The same as `access_key`. */
  aws_access_key_id?: string
  /** The same as `secret_key`. */
  aws_secret_access_key?: string
  /** The same as `endpoint`. */
  endpoint_url?: string
}

/** Snowflake: `credentials` */
export interface SnowflakeCredentials {
  /** Account identifier: orgname-accountname, or a locator such as xy12345.eu-central-1. */
  account?: string
  /** <account>.snowflakecomputing.com; not needed when the account is given. */
  host?: string
  /** (default 443). */
  port?: number
  /** (default key_pair when a private key is given, else basic). */
  'snowflake.auth.type'?: 'basic' | 'key_pair'
  /** Name of the user, or of the service user. */
  username?: string
  /** For basic; a programmatic access token works too. */
  password?: string
  /** For key_pair: the PEM, or its Base64. */
  'snowflake.privateKey'?: string
  /** Of an encrypted private key. */
  'snowflake.privateKey.passphrase'?: string
  /** Does the work. */
  warehouse_name?: string
  /** Where tables are looked for that name none. */
  database_name?: string
  /** Where tables are looked for that name none. */
  schema_name?: string
  /** Absent: the default role of the user. */
  'database.field.role'?: string
  /** Shown with every statement in the query history. */
  'database.field.QUERY_TAG'?: string
  /** key1:value1,key2:value2: session parameters such as STATEMENT_TIMEOUT_IN_SECONDS:600, and proxyHost, proxyPort … */
  'jdbc.parameters'?: string
  /** Not possible here: Snowflake is reached over HTTPS (default false). */
  has_ssh_tunnel?: boolean
  /** See has_ssh_tunnel. */
  'tunnel.bastion.host'?: string
  /** See has_ssh_tunnel. */
  'tunnel.bastion.port'?: number
  /** See has_ssh_tunnel. */
  'tunnel.bastion.user'?: string
  /** Repeated by some clients; has no effect. */
  credentials_type?: string
  /** Where the account answers, with protocol and port: for private links and proxies. Absent: https at the host, or at the account. */
  access_url?: string
  /** The same as `username`. */
  user?: string
  /** The same as `warehouse_name`. */
  warehouse?: string
  /** The same as `database_name`. */
  database?: string
  /** The same as `schema_name`. */
  schema?: string
  /** The same as `database.field.role`. */
  role?: string
  /** The same as `database.field.QUERY_TAG`. */
  query_tag?: string
  /** The same as `snowflake.privateKey`. */
  private_key?: string
  /** The same as `snowflake.privateKey.passphrase`. */
  private_key_passphrase?: string
  /** The same as `access_url`. */
  accessUrl?: string
}

/** File upload: `source_config` */
export interface FileUploadSource {
  /** Cron expression in UTC: 5 fields (Unix) or 6 to 7 fields (Quartz, seconds first). Absent: runs when asked to. */
  'start.cron'?: string
  /** Asked for by some clients; has no effect, because a source reads its own uploads. */
  path?: string
  /** Epoch milliseconds: files that were last changed before are skipped. */
  'ignore.files.older.than.ms'?: number
  /** Declared by clients that give path patterns; the patterns count whenever they are given, unless this is false. */
  path_exclusions?: boolean
  /** Ant patterns from the root of the credential, separated by commas (`bucket/raw/**\/*.json`). */
  'whitelist.pathmatchers'?: string
  /** Ant patterns from the root of the credential, separated by commas. */
  'blacklist.pathmatchers'?: string
  /** For date macros in the path; UTC unless given. */
  timezone?: string
  /** Short for advanced_settings and overriden.extensions. Absent: by extension, then by content. */
  file_format?: 'json' | 'jsonl' | 'ndjson' | 'csv' | 'tsv' | 'delimited' | 'parquet' | 'xml' | 'xlsx' | 'excel' | 'edi' | 'log' | 'orc' | 'avro' | 'fw' | 'fixed_width' | 'pdf' | 'unstructured' | 'swift' | 'raw'
  /** Auto Detect goes by extension, then by content. */
  advanced_settings?: 'Auto Detect' | 'Custom Text Format' | 'XML' | 'JSON' | 'EDI' | 'Log File' | 'ORC' | 'AVRO' | 'Parquet' | 'Excel' | 'Fixed Width' | 'PDF' | 'Unstructured' | 'SWIFT' | 'Raw File Data'
  /** Forces a parser: `*:txt`, `*:json`, `*:parquet` … */
  'overriden.extensions'?: string
  /** Between fields; `\t` for a tab (default by extension, else a comma). */
  'csv.delimiter'?: string
  /** Around fields; empty: none (default "). */
  'csv.quote.char'?: string
  /** Before a quote character; empty: a backslash is an ordinary character (default \). */
  'csv.escape.char'?: string
  /** header: from the first line; generated: attribute1, attribute2 … (default header). */
  'csv.schema.detection'?: 'header' | 'generated'
  /** Lines before the header (default 0). */
  'csv.skip.first.lines'?: number
  /** row: one record per line; entire.file: one document (default by content). */
  'json.mode'?: 'row' | 'entire.file'
  /** JSONPath of the records in a document. */
  'json.path'?: string
  /** JSONPath of values that are copied into every record. */
  'json.path.additional'?: string
  /** All files go into one nexset, whatever their shape (default false). */
  'schema.detection.once'?: boolean
  /** header: from the first row; generated: attribute1, attribute2 … */
  'excel.schema.detection'?: 'header' | 'generated'
  /** Cell ranges, separated by commas (`sheet1!A1:B5`). */
  sheets?: string
  /** sheet_attrCell:valueCell, separated by vertical bars. */
  'excel.range.additional'?: string
  /** (default false). */
  'excel.skip.merged.cells'?: boolean
  /** row: one document per line; entire.file: one document. */
  'xml.mode'?: 'row' | 'entire.file'
  /** XPath of the records in a document. */
  'xml.xpath'?: string
  /** XPath of values that are copied into every record. */
  'xml.xpath.additional'?: string
  /** XPath of the records. */
  'edi.xpath'?: string
  /** For log files: a predefined or own pattern. */
  'grok.pattern'?: string
  /** Widths in characters, separated by commas. */
  'field.lengths'?: string
  /** header or generated. */
  'fixed.width.schema.detection.mode'?: 'header' | 'generated'
  /** (default a space). */
  'padding.character'?: string
  /** (default true). */
  'line.separator.detection.enabled'?: boolean
  /** (default \n). */
  'line.separator'?: string
  /** (default false). */
  'remove.quotes.forced'?: boolean
  /** (default "). */
  'quote.char'?: string
  /** (default 0). */
  'fixed.width.skip.first.lines'?: number
  /** (default 0). */
  'fixed.width.skip.last.lines'?: number
  /** Numbers and booleans become such (default true). */
  'scalar.coercion'?: boolean
  /** How text and tables are found. */
  'pdf.parsing.strategy'?: 'text' | 'semi-auto' | 'auto-1' | 'auto-2' | 'image'
  /** (default default). */
  'pdf.rendering.strategy'?: 'default' | 'embedded' | 'extended' | 'table.as.message' | 'document.as.message'
  /** For semi-auto (default true). */
  'pdf.parsing.emitTextBlocks'?: boolean
  /** Of encrypted documents. */
  'pdf.document.password'?: string
  /** Written for empty cells (default blank). */
  'pdf.parsing.emptyValuePlaceholder'?: string
  /** JSON text: columns, forceBoldHeaders, forceFullWidth, header, tupleNumber, spacing. */
  'pdf.parsing.tables'?: string
  /** For auto-1 (default true). */
  'pdf.parsing.auto-1.outputText'?: boolean
  /** For auto-1 (default true). */
  'pdf.parsing.auto-1.outputTables'?: boolean
  /** (default 1.25). */
  'pdf.parsing.image.scale'?: string
  /** Of the uncompressed file. */
  'unstructured.gz.uncompressed.content.type'?: string
  /** Of the text. */
  'unstructured.encoding'?: string
  /** (default false). */
  'unstructured.include.page.breaks'?: boolean
  /** (default false). */
  'unstructured.pdf.infer.table.structure'?: boolean
  /** Empty or by_title. */
  'unstructured.chunking.strategy'?: '' | 'by_title'
  /** (default true). */
  'unstructured.multipage.sections'?: boolean
  /** Characters (default 500). */
  'unstructured.combine.under.n.chars'?: number
  /** Characters (default 1500). */
  'unstructured.new.after.n.chars'?: number
  /** Characters (default 1500). */
  'unstructured.max.characters'?: number
  /** (default true). */
  lenient?: boolean
  /** (default true). */
  'parse.text.block'?: boolean
  /** (default true). */
  'parse.trailer.block'?: boolean
  /** (default true). */
  'parse.user.block'?: boolean
  /** Makes embeddings of the text (default false). */
  'post.processor'?: boolean
  /** For embeddings. */
  runtime_data_credentials_id?: number
  /** For embeddings. */
  model?: string
  /** Attribute that is embedded. */
  property?: string
  /** For embeddings (default 1000). */
  chunk_threshold?: number
  /** (default false). */
  'ai.function'?: boolean
  /** When ai.function is true. */
  'ai.function.id'?: number
  /** (default false). */
  allowGrouping?: boolean
  /** Attributes, separated by commas, when allowGrouping is true. */
  'group.by.keys'?: string
  /** Attribute that receives the grouped records. */
  'group.field.name'?: string
  /** Publish records whose key is missing. */
  'group.publish.null.key'?: boolean | string
  /** evolve: new fields are added and types widen. quarantine: a record that does not fit is refused and kept; the schema stays. stop: the source stops with a message, and nothing of the file is committed. Default: `"evolve"`. */
  'schema.drift.policy'?: 'evolve' | 'quarantine' | 'stop'
  /** A file is read only when its last change is at least this long ago, so that one that is still being written is not half read. */
  stable_after_ms?: number
  /** Repeated by some clients; has no effect. */
  source_type?: string
  /** The same as `start.cron`. */
  start_cron?: string
  /** The same as `path`. */
  'bucket+prefix?'?: string
  /** The same as `whitelist.pathmatchers`. */
  'path?+**+file_pattern'?: string
  /** The same as `schema.detection.once`. */
  enforce_single_schema?: boolean
  /** The same as `schema.detection.once`. */
  schema_detection_once?: boolean
  /** The same as `overriden.extensions`. */
  'overridden.extensions'?: string
}

/** Local folder: `source_config` */
export interface LocalFileSource {
  /** Cron expression in UTC: 5 fields (Unix) or 6 to 7 fields (Quartz, seconds first). Absent: runs when asked to. */
  'start.cron'?: string
  /** Folder to scan with everything below, or one file: absolute, or relative to an allowed folder. */
  path?: string
  /** Epoch milliseconds: files that were last changed before are skipped. */
  'ignore.files.older.than.ms'?: number
  /** Declared by clients that give path patterns; the patterns count whenever they are given, unless this is false. */
  path_exclusions?: boolean
  /** Ant patterns from the root of the credential, separated by commas (`bucket/raw/**\/*.json`). */
  'whitelist.pathmatchers'?: string
  /** Ant patterns from the root of the credential, separated by commas. */
  'blacklist.pathmatchers'?: string
  /** For date macros in the path; UTC unless given. */
  timezone?: string
  /** Short for advanced_settings and overriden.extensions. Absent: by extension, then by content. */
  file_format?: 'json' | 'jsonl' | 'ndjson' | 'csv' | 'tsv' | 'delimited' | 'parquet' | 'xml' | 'xlsx' | 'excel' | 'edi' | 'log' | 'orc' | 'avro' | 'fw' | 'fixed_width' | 'pdf' | 'unstructured' | 'swift' | 'raw'
  /** Auto Detect goes by extension, then by content. */
  advanced_settings?: 'Auto Detect' | 'Custom Text Format' | 'XML' | 'JSON' | 'EDI' | 'Log File' | 'ORC' | 'AVRO' | 'Parquet' | 'Excel' | 'Fixed Width' | 'PDF' | 'Unstructured' | 'SWIFT' | 'Raw File Data'
  /** Forces a parser: `*:txt`, `*:json`, `*:parquet` … */
  'overriden.extensions'?: string
  /** Between fields; `\t` for a tab (default by extension, else a comma). */
  'csv.delimiter'?: string
  /** Around fields; empty: none (default "). */
  'csv.quote.char'?: string
  /** Before a quote character; empty: a backslash is an ordinary character (default \). */
  'csv.escape.char'?: string
  /** header: from the first line; generated: attribute1, attribute2 … (default header). */
  'csv.schema.detection'?: 'header' | 'generated'
  /** Lines before the header (default 0). */
  'csv.skip.first.lines'?: number
  /** row: one record per line; entire.file: one document (default by content). */
  'json.mode'?: 'row' | 'entire.file'
  /** JSONPath of the records in a document. */
  'json.path'?: string
  /** JSONPath of values that are copied into every record. */
  'json.path.additional'?: string
  /** All files go into one nexset, whatever their shape (default false). */
  'schema.detection.once'?: boolean
  /** header: from the first row; generated: attribute1, attribute2 … */
  'excel.schema.detection'?: 'header' | 'generated'
  /** Cell ranges, separated by commas (`sheet1!A1:B5`). */
  sheets?: string
  /** sheet_attrCell:valueCell, separated by vertical bars. */
  'excel.range.additional'?: string
  /** (default false). */
  'excel.skip.merged.cells'?: boolean
  /** row: one document per line; entire.file: one document. */
  'xml.mode'?: 'row' | 'entire.file'
  /** XPath of the records in a document. */
  'xml.xpath'?: string
  /** XPath of values that are copied into every record. */
  'xml.xpath.additional'?: string
  /** XPath of the records. */
  'edi.xpath'?: string
  /** For log files: a predefined or own pattern. */
  'grok.pattern'?: string
  /** Widths in characters, separated by commas. */
  'field.lengths'?: string
  /** header or generated. */
  'fixed.width.schema.detection.mode'?: 'header' | 'generated'
  /** (default a space). */
  'padding.character'?: string
  /** (default true). */
  'line.separator.detection.enabled'?: boolean
  /** (default \n). */
  'line.separator'?: string
  /** (default false). */
  'remove.quotes.forced'?: boolean
  /** (default "). */
  'quote.char'?: string
  /** (default 0). */
  'fixed.width.skip.first.lines'?: number
  /** (default 0). */
  'fixed.width.skip.last.lines'?: number
  /** Numbers and booleans become such (default true). */
  'scalar.coercion'?: boolean
  /** How text and tables are found. */
  'pdf.parsing.strategy'?: 'text' | 'semi-auto' | 'auto-1' | 'auto-2' | 'image'
  /** (default default). */
  'pdf.rendering.strategy'?: 'default' | 'embedded' | 'extended' | 'table.as.message' | 'document.as.message'
  /** For semi-auto (default true). */
  'pdf.parsing.emitTextBlocks'?: boolean
  /** Of encrypted documents. */
  'pdf.document.password'?: string
  /** Written for empty cells (default blank). */
  'pdf.parsing.emptyValuePlaceholder'?: string
  /** JSON text: columns, forceBoldHeaders, forceFullWidth, header, tupleNumber, spacing. */
  'pdf.parsing.tables'?: string
  /** For auto-1 (default true). */
  'pdf.parsing.auto-1.outputText'?: boolean
  /** For auto-1 (default true). */
  'pdf.parsing.auto-1.outputTables'?: boolean
  /** (default 1.25). */
  'pdf.parsing.image.scale'?: string
  /** Of the uncompressed file. */
  'unstructured.gz.uncompressed.content.type'?: string
  /** Of the text. */
  'unstructured.encoding'?: string
  /** (default false). */
  'unstructured.include.page.breaks'?: boolean
  /** (default false). */
  'unstructured.pdf.infer.table.structure'?: boolean
  /** Empty or by_title. */
  'unstructured.chunking.strategy'?: '' | 'by_title'
  /** (default true). */
  'unstructured.multipage.sections'?: boolean
  /** Characters (default 500). */
  'unstructured.combine.under.n.chars'?: number
  /** Characters (default 1500). */
  'unstructured.new.after.n.chars'?: number
  /** Characters (default 1500). */
  'unstructured.max.characters'?: number
  /** (default true). */
  lenient?: boolean
  /** (default true). */
  'parse.text.block'?: boolean
  /** (default true). */
  'parse.trailer.block'?: boolean
  /** (default true). */
  'parse.user.block'?: boolean
  /** Makes embeddings of the text (default false). */
  'post.processor'?: boolean
  /** For embeddings. */
  runtime_data_credentials_id?: number
  /** For embeddings. */
  model?: string
  /** Attribute that is embedded. */
  property?: string
  /** For embeddings (default 1000). */
  chunk_threshold?: number
  /** (default false). */
  'ai.function'?: boolean
  /** When ai.function is true. */
  'ai.function.id'?: number
  /** (default false). */
  allowGrouping?: boolean
  /** Attributes, separated by commas, when allowGrouping is true. */
  'group.by.keys'?: string
  /** Attribute that receives the grouped records. */
  'group.field.name'?: string
  /** Publish records whose key is missing. */
  'group.publish.null.key'?: boolean | string
  /** evolve: new fields are added and types widen. quarantine: a record that does not fit is refused and kept; the schema stays. stop: the source stops with a message, and nothing of the file is committed. Default: `"evolve"`. */
  'schema.drift.policy'?: 'evolve' | 'quarantine' | 'stop'
  /** A file is read only when its last change is at least this long ago, so that one that is still being written is not half read. */
  stable_after_ms?: number
  /** Repeated by some clients; has no effect. */
  source_type?: string
  /** The same as `start.cron`. */
  start_cron?: string
  /** The same as `path`. */
  'bucket+prefix?'?: string
  /** The same as `whitelist.pathmatchers`. */
  'path?+**+file_pattern'?: string
  /** The same as `schema.detection.once`. */
  enforce_single_schema?: boolean
  /** The same as `schema.detection.once`. */
  schema_detection_once?: boolean
  /** The same as `overriden.extensions`. */
  'overridden.extensions'?: string
}

/** MinIO and other S3-compatible stores: `source_config` */
export interface MinIoS3Source {
  /** Cron expression in UTC: 5 fields (Unix) or 6 to 7 fields (Quartz, seconds first). Absent: runs when asked to. */
  'start.cron'?: string
  /** bucket/prefix to scan with everything below, or one object; s3://bucket/prefix works too. */
  path?: string
  /** Epoch milliseconds: files that were last changed before are skipped. */
  'ignore.files.older.than.ms'?: number
  /** Declared by clients that give path patterns; the patterns count whenever they are given, unless this is false. */
  path_exclusions?: boolean
  /** Ant patterns from the root of the credential, separated by commas (`bucket/raw/**\/*.json`). */
  'whitelist.pathmatchers'?: string
  /** Ant patterns from the root of the credential, separated by commas. */
  'blacklist.pathmatchers'?: string
  /** For date macros in the path; UTC unless given. */
  timezone?: string
  /** Short for advanced_settings and overriden.extensions. Absent: by extension, then by content. */
  file_format?: 'json' | 'jsonl' | 'ndjson' | 'csv' | 'tsv' | 'delimited' | 'parquet' | 'xml' | 'xlsx' | 'excel' | 'edi' | 'log' | 'orc' | 'avro' | 'fw' | 'fixed_width' | 'pdf' | 'unstructured' | 'swift' | 'raw'
  /** Auto Detect goes by extension, then by content. */
  advanced_settings?: 'Auto Detect' | 'Custom Text Format' | 'XML' | 'JSON' | 'EDI' | 'Log File' | 'ORC' | 'AVRO' | 'Parquet' | 'Excel' | 'Fixed Width' | 'PDF' | 'Unstructured' | 'SWIFT' | 'Raw File Data'
  /** Forces a parser: `*:txt`, `*:json`, `*:parquet` … */
  'overriden.extensions'?: string
  /** Between fields; `\t` for a tab (default by extension, else a comma). */
  'csv.delimiter'?: string
  /** Around fields; empty: none (default "). */
  'csv.quote.char'?: string
  /** Before a quote character; empty: a backslash is an ordinary character (default \). */
  'csv.escape.char'?: string
  /** header: from the first line; generated: attribute1, attribute2 … (default header). */
  'csv.schema.detection'?: 'header' | 'generated'
  /** Lines before the header (default 0). */
  'csv.skip.first.lines'?: number
  /** row: one record per line; entire.file: one document (default by content). */
  'json.mode'?: 'row' | 'entire.file'
  /** JSONPath of the records in a document. */
  'json.path'?: string
  /** JSONPath of values that are copied into every record. */
  'json.path.additional'?: string
  /** All files go into one nexset, whatever their shape (default false). */
  'schema.detection.once'?: boolean
  /** header: from the first row; generated: attribute1, attribute2 … */
  'excel.schema.detection'?: 'header' | 'generated'
  /** Cell ranges, separated by commas (`sheet1!A1:B5`). */
  sheets?: string
  /** sheet_attrCell:valueCell, separated by vertical bars. */
  'excel.range.additional'?: string
  /** (default false). */
  'excel.skip.merged.cells'?: boolean
  /** row: one document per line; entire.file: one document. */
  'xml.mode'?: 'row' | 'entire.file'
  /** XPath of the records in a document. */
  'xml.xpath'?: string
  /** XPath of values that are copied into every record. */
  'xml.xpath.additional'?: string
  /** XPath of the records. */
  'edi.xpath'?: string
  /** For log files: a predefined or own pattern. */
  'grok.pattern'?: string
  /** Widths in characters, separated by commas. */
  'field.lengths'?: string
  /** header or generated. */
  'fixed.width.schema.detection.mode'?: 'header' | 'generated'
  /** (default a space). */
  'padding.character'?: string
  /** (default true). */
  'line.separator.detection.enabled'?: boolean
  /** (default \n). */
  'line.separator'?: string
  /** (default false). */
  'remove.quotes.forced'?: boolean
  /** (default "). */
  'quote.char'?: string
  /** (default 0). */
  'fixed.width.skip.first.lines'?: number
  /** (default 0). */
  'fixed.width.skip.last.lines'?: number
  /** Numbers and booleans become such (default true). */
  'scalar.coercion'?: boolean
  /** How text and tables are found. */
  'pdf.parsing.strategy'?: 'text' | 'semi-auto' | 'auto-1' | 'auto-2' | 'image'
  /** (default default). */
  'pdf.rendering.strategy'?: 'default' | 'embedded' | 'extended' | 'table.as.message' | 'document.as.message'
  /** For semi-auto (default true). */
  'pdf.parsing.emitTextBlocks'?: boolean
  /** Of encrypted documents. */
  'pdf.document.password'?: string
  /** Written for empty cells (default blank). */
  'pdf.parsing.emptyValuePlaceholder'?: string
  /** JSON text: columns, forceBoldHeaders, forceFullWidth, header, tupleNumber, spacing. */
  'pdf.parsing.tables'?: string
  /** For auto-1 (default true). */
  'pdf.parsing.auto-1.outputText'?: boolean
  /** For auto-1 (default true). */
  'pdf.parsing.auto-1.outputTables'?: boolean
  /** (default 1.25). */
  'pdf.parsing.image.scale'?: string
  /** Of the uncompressed file. */
  'unstructured.gz.uncompressed.content.type'?: string
  /** Of the text. */
  'unstructured.encoding'?: string
  /** (default false). */
  'unstructured.include.page.breaks'?: boolean
  /** (default false). */
  'unstructured.pdf.infer.table.structure'?: boolean
  /** Empty or by_title. */
  'unstructured.chunking.strategy'?: '' | 'by_title'
  /** (default true). */
  'unstructured.multipage.sections'?: boolean
  /** Characters (default 500). */
  'unstructured.combine.under.n.chars'?: number
  /** Characters (default 1500). */
  'unstructured.new.after.n.chars'?: number
  /** Characters (default 1500). */
  'unstructured.max.characters'?: number
  /** (default true). */
  lenient?: boolean
  /** (default true). */
  'parse.text.block'?: boolean
  /** (default true). */
  'parse.trailer.block'?: boolean
  /** (default true). */
  'parse.user.block'?: boolean
  /** Makes embeddings of the text (default false). */
  'post.processor'?: boolean
  /** For embeddings. */
  runtime_data_credentials_id?: number
  /** For embeddings. */
  model?: string
  /** Attribute that is embedded. */
  property?: string
  /** For embeddings (default 1000). */
  chunk_threshold?: number
  /** (default false). */
  'ai.function'?: boolean
  /** When ai.function is true. */
  'ai.function.id'?: number
  /** (default false). */
  allowGrouping?: boolean
  /** Attributes, separated by commas, when allowGrouping is true. */
  'group.by.keys'?: string
  /** Attribute that receives the grouped records. */
  'group.field.name'?: string
  /** Publish records whose key is missing. */
  'group.publish.null.key'?: boolean | string
  /** evolve: new fields are added and types widen. quarantine: a record that does not fit is refused and kept; the schema stays. stop: the source stops with a message, and nothing of the file is committed. Default: `"evolve"`. */
  'schema.drift.policy'?: 'evolve' | 'quarantine' | 'stop'
  /** A file is read only when its last change is at least this long ago, so that one that is still being written is not half read. */
  stable_after_ms?: number
  /** Repeated by some clients; has no effect. */
  source_type?: string
  /** The same as `start.cron`. */
  start_cron?: string
  /** The same as `path`. */
  'bucket+prefix?'?: string
  /** The same as `whitelist.pathmatchers`. */
  'path?+**+file_pattern'?: string
  /** The same as `schema.detection.once`. */
  enforce_single_schema?: boolean
  /** The same as `schema.detection.once`. */
  schema_detection_once?: boolean
  /** The same as `overriden.extensions`. */
  'overridden.extensions'?: string
}

/** Webhook: `source_config` */
export interface NexlaRestSource {
  /** Nexla API Key: every request carries one of the keys of the source. Payload Hash: every request carries an HMAC of its body instead. Default: `"Nexla API Key"`. */
  'webhook.auth_type'?: 'Nexla API Key' | 'Payload Hash'
  /** All records go into one nexset; false: each goes into the nexset of its shape, and one of a shape of its own makes another. Default: `true`. */
  'schema.detection.once'?: boolean
  /** The HMAC of the body is checked as well as the key; Payload Hash checks it in any case. Default: `false`. */
  'hash.enabled'?: boolean
  /** With which the sender makes the HMAC of the raw body. */
  hash_algorithm?: 'HmacSHA1' | 'HmacSHA256' | 'HmacSHA384' | 'HmacSHA512' | 'HmacMD5'
  /** Name of the header or query parameter with the hash, in hex or base64, such as X-Hub-Signature-256. */
  hash_request_param?: string
  /** Shared with the sender. */
  hash_secret_key?: string
  /** A larger body is refused with 413; counted after decompression. Default: `16777216`. */
  max_body_bytes?: number
  /** No more than this is accepted and not yet read (the workers are behind): what would go beyond it is answered with 429 and Retry-After. Counted to the byte on each server; servers learn from one another within about two seconds. */
  max_waiting_bytes?: number
  /** evolve: new fields are added and types widen. quarantine: a record that does not fit is refused and kept; the schema stays. stop: the source stops with a message, and nothing of the file is committed. Default: `"evolve"`. */
  'schema.drift.policy'?: 'evolve' | 'quarantine' | 'stop'
  /** The same as `schema.detection.once`. */
  enforce_single_schema?: boolean
}

/** PostgreSQL: `source_config` */
export interface PostgresSource {
  /** Cron expression in UTC: 5 fields (Unix) or 6 to 7 fields (Quartz, seconds first). Absent: runs when asked to. */
  'start.cron'?: string
  /** Default: a table. Query: the result of a SELECT. Default: `"Default"`. */
  db_query_mode?: 'Default' | 'Query'
  /** Of the table; the credential’s unless given. */
  database?: string
  /** Of the table; the credential’s unless given. */
  schema?: string
  /** In Default mode; may be qualified: schema.table. */
  table?: string
  /** In Query mode: one SELECT. */
  query?: string
  /** none: all, in every run. incrementing: those with a greater id. timestamp: those changed since. Or both. Default: `"none"`. */
  mode?: 'none' | 'incrementing' | 'timestamp' | 'incrementing,timestamp'
  /** Numeric column that grows. */
  'incrementing.column.name'?: string
  /** Rows below are not read. */
  'incrementing.load.from'?: string | number
  /** Column with the time of the last change. */
  'timestamp.column.name'?: string
  /** Epoch milliseconds or ISO 8601; older rows are not read. */
  'timestamp.load.from'?: string | number
  /** Query mode: keep what the query changed (default false). Default: `false`. */
  'commit.on.read'?: boolean
  /** evolve: new fields are added and types widen. quarantine: a record that does not fit is refused and kept; the schema stays. stop: the source stops with a message, and nothing of the file is committed. Default: `"evolve"`. */
  'schema.drift.policy'?: 'evolve' | 'quarantine' | 'stop'
  /** Incremental by timestamp: each read looks back this far for rows that came late with an older time, and leaves out those that it has read (default 600000 where the database does not tell which transactions are open, else 0). */
  incremental_overlap_ms?: number
  /** Incremental by id: the same over so many ids (default 1000 where the database does not tell which transactions are open, else 0). */
  incremental_overlap_ids?: number
  /** Read the log of the database (default false). */
  'cdc.enabled'?: boolean
  /** With change data capture. */
  'cdc.snapshot.enabled'?: boolean
  /** With change data capture. */
  'cdc.capture.delete'?: boolean
}

/** REST API: `source_config` */
export interface RestSource {
  /** Cron expression in UTC: 5 fields (Unix) or 6 to 7 fields (Quartz, seconds first). Absent: runs when asked to. */
  'start.cron'?: string
  /** request, pagination and response. Stands beside source_config. */
  template_config?: { request: { method?: 'GET' | 'POST' | 'PUT'; url: string; headers?: Record<string, string | number | boolean>; query_params?: Record<string, string | number | boolean | readonly (string | number | boolean)[]>; body?: string | Record<string, unknown> | readonly unknown[] }; pagination?: { type: 'none' | 'cursor' | 'page' | 'offset' | 'link_header' | 'next_url' | 'auto'; cursor_field?: string; cursor_param?: string; next_url_field?: string; link_header?: string; page_param?: string; start_page?: number | string; offset_param?: string; start_offset?: number | string; page_size_param?: string; page_size?: number | string; total_field?: string }; response?: { format?: 'json' | 'xml' | 'csv' | 'txt' | 'ndjson'; data_path?: string; additional?: string } }
  /** Requests that follow each other; a step may use values of the ones before. */
  'rest.iterations'?: readonly ({ key: string; 'url.template': string; method: 'GET' | 'POST' | 'PUT'; 'iteration.type': 'static.url' | 'paging.incrementing' | 'paging.incrementing.offset' | 'paging.next.token' | 'paging.next.url' | 'link.header' | 'response.id.number' | 'response.id.string' | 'graphql.page' | 'graphql.cursor' | 'data.map.key.queue' | 'async.poll' | 'body.as.file'; 'date.format'?: string; 'date.time.unit'?: 'yyyy' | 'MM' | 'dd' | 'HH' | 'mm' | 'ss'; 'body.template'?: string; 'response.format'?: 'json' | 'xml'; 'response.data.path'?: string; 'response.data.path.additional'?: string; 'request.headers'?: string; 'map.id'?: number | string; map_rows?: readonly (Record<string, string | number | boolean>)[]; 'request.parallelism.count'?: number | string; 'results.pass.through'?: boolean | 'true' | 'false'; 'param.id'?: string; 'param.id.inclusive'?: boolean | 'true' | 'false'; 'param.offset'?: string; 'param.page.size'?: string | number; 'page.expected.rows'?: number | string; 'start.page.from'?: number | string; 'end.page.to'?: number | string; 'start.offset.from'?: number | string; 'end.offset.to'?: number | string; 'response.next.token.data.path'?: string; 'end.token.to'?: string | number | boolean; 'response.next.url.data.path'?: string; 'end.url.to'?: string; link?: string; 'response.id.field.name'?: string; 'start.id.from'?: string | number | boolean; 'end.id.to'?: string | number | boolean; 'graphql.page.name'?: string; 'graphql.page.start'?: number | string; 'graphql.cursor.name'?: string; 'response.graphql.cursor.path'?: string; 'graphql.cursor.template'?: string; 'async.iteration.path'?: string; 'async.iteration.value'?: string; 'file.response.format'?: 'csv' | 'json' | 'txt' | 'xml' })[]
  /** Between fields; `\t` for a tab (default by extension, else a comma). */
  'csv.delimiter'?: string
  /** Around fields; empty: none (default "). */
  'csv.quote.char'?: string
  /** Before a quote character; empty: a backslash is an ordinary character (default \). */
  'csv.escape.char'?: string
  /** header: from the first line; generated: attribute1, attribute2 … (default header). */
  'csv.schema.detection'?: 'header' | 'generated'
  /** Lines before the header (default 0). */
  'csv.skip.first.lines'?: number
  /** Numbers and booleans in texts become such (default true). */
  'scalar.coercion'?: boolean
  /** All files go into one nexset, whatever their shape (default false). */
  'schema.detection.once'?: boolean
  /** Value of ${LAST_SUCCESS_AT} until a run has succeeded; ISO 8601. Default: `"1970-01-01T00:00:00Z"`. */
  first_success_at?: string
  /** Most requests in a second with this credential, over all workers; absent: as the service allows. */
  requests_per_second?: number
  /** A chain of pages that is longer ends with an error; absent: no limit. */
  max_pages?: number
  /** JSONPath of the value in each record with which a stream without event ids goes on after that record. */
  stream_cursor_path?: string
  /** Query parameter that carries the last cursor when the stream is opened again. */
  stream_cursor_param?: string
  /** Comma-separated; server-sent events of other types are left out. An event without a type is a message. Absent: all. */
  stream_event_types?: string
  /** What comes within this time, or 4 MB of it, becomes one segment; an event after a silence goes at once. Default: `1000`. */
  stream_flush_ms?: number
  /** Without an event or a comment for so long, the stream is opened again; 0: never. Default: `300000`. */
  stream_idle_timeout_ms?: number
  /** The beginning of a larger one goes to quarantine. Default: `16777216`. */
  stream_max_event_bytes?: number
  /** evolve: new fields are added and types widen. quarantine: a record that does not fit is refused and kept; the schema stays. stop: the source stops with a message, and nothing of the file is committed. Default: `"evolve"`. */
  'schema.drift.policy'?: 'evolve' | 'quarantine' | 'stop'
}

/** Amazon S3: `source_config` */
export interface S3Source {
  /** Cron expression in UTC: 5 fields (Unix) or 6 to 7 fields (Quartz, seconds first). Absent: runs when asked to. */
  'start.cron'?: string
  /** bucket/prefix to scan with everything below, or one object; s3://bucket/prefix works too. */
  path?: string
  /** Epoch milliseconds: files that were last changed before are skipped. */
  'ignore.files.older.than.ms'?: number
  /** Declared by clients that give path patterns; the patterns count whenever they are given, unless this is false. */
  path_exclusions?: boolean
  /** Ant patterns from the root of the credential, separated by commas (`bucket/raw/**\/*.json`). */
  'whitelist.pathmatchers'?: string
  /** Ant patterns from the root of the credential, separated by commas. */
  'blacklist.pathmatchers'?: string
  /** For date macros in the path; UTC unless given. */
  timezone?: string
  /** Short for advanced_settings and overriden.extensions. Absent: by extension, then by content. */
  file_format?: 'json' | 'jsonl' | 'ndjson' | 'csv' | 'tsv' | 'delimited' | 'parquet' | 'xml' | 'xlsx' | 'excel' | 'edi' | 'log' | 'orc' | 'avro' | 'fw' | 'fixed_width' | 'pdf' | 'unstructured' | 'swift' | 'raw'
  /** Auto Detect goes by extension, then by content. */
  advanced_settings?: 'Auto Detect' | 'Custom Text Format' | 'XML' | 'JSON' | 'EDI' | 'Log File' | 'ORC' | 'AVRO' | 'Parquet' | 'Excel' | 'Fixed Width' | 'PDF' | 'Unstructured' | 'SWIFT' | 'Raw File Data'
  /** Forces a parser: `*:txt`, `*:json`, `*:parquet` … */
  'overriden.extensions'?: string
  /** Between fields; `\t` for a tab (default by extension, else a comma). */
  'csv.delimiter'?: string
  /** Around fields; empty: none (default "). */
  'csv.quote.char'?: string
  /** Before a quote character; empty: a backslash is an ordinary character (default \). */
  'csv.escape.char'?: string
  /** header: from the first line; generated: attribute1, attribute2 … (default header). */
  'csv.schema.detection'?: 'header' | 'generated'
  /** Lines before the header (default 0). */
  'csv.skip.first.lines'?: number
  /** row: one record per line; entire.file: one document (default by content). */
  'json.mode'?: 'row' | 'entire.file'
  /** JSONPath of the records in a document. */
  'json.path'?: string
  /** JSONPath of values that are copied into every record. */
  'json.path.additional'?: string
  /** All files go into one nexset, whatever their shape (default false). */
  'schema.detection.once'?: boolean
  /** header: from the first row; generated: attribute1, attribute2 … */
  'excel.schema.detection'?: 'header' | 'generated'
  /** Cell ranges, separated by commas (`sheet1!A1:B5`). */
  sheets?: string
  /** sheet_attrCell:valueCell, separated by vertical bars. */
  'excel.range.additional'?: string
  /** (default false). */
  'excel.skip.merged.cells'?: boolean
  /** row: one document per line; entire.file: one document. */
  'xml.mode'?: 'row' | 'entire.file'
  /** XPath of the records in a document. */
  'xml.xpath'?: string
  /** XPath of values that are copied into every record. */
  'xml.xpath.additional'?: string
  /** XPath of the records. */
  'edi.xpath'?: string
  /** For log files: a predefined or own pattern. */
  'grok.pattern'?: string
  /** Widths in characters, separated by commas. */
  'field.lengths'?: string
  /** header or generated. */
  'fixed.width.schema.detection.mode'?: 'header' | 'generated'
  /** (default a space). */
  'padding.character'?: string
  /** (default true). */
  'line.separator.detection.enabled'?: boolean
  /** (default \n). */
  'line.separator'?: string
  /** (default false). */
  'remove.quotes.forced'?: boolean
  /** (default "). */
  'quote.char'?: string
  /** (default 0). */
  'fixed.width.skip.first.lines'?: number
  /** (default 0). */
  'fixed.width.skip.last.lines'?: number
  /** Numbers and booleans become such (default true). */
  'scalar.coercion'?: boolean
  /** How text and tables are found. */
  'pdf.parsing.strategy'?: 'text' | 'semi-auto' | 'auto-1' | 'auto-2' | 'image'
  /** (default default). */
  'pdf.rendering.strategy'?: 'default' | 'embedded' | 'extended' | 'table.as.message' | 'document.as.message'
  /** For semi-auto (default true). */
  'pdf.parsing.emitTextBlocks'?: boolean
  /** Of encrypted documents. */
  'pdf.document.password'?: string
  /** Written for empty cells (default blank). */
  'pdf.parsing.emptyValuePlaceholder'?: string
  /** JSON text: columns, forceBoldHeaders, forceFullWidth, header, tupleNumber, spacing. */
  'pdf.parsing.tables'?: string
  /** For auto-1 (default true). */
  'pdf.parsing.auto-1.outputText'?: boolean
  /** For auto-1 (default true). */
  'pdf.parsing.auto-1.outputTables'?: boolean
  /** (default 1.25). */
  'pdf.parsing.image.scale'?: string
  /** Of the uncompressed file. */
  'unstructured.gz.uncompressed.content.type'?: string
  /** Of the text. */
  'unstructured.encoding'?: string
  /** (default false). */
  'unstructured.include.page.breaks'?: boolean
  /** (default false). */
  'unstructured.pdf.infer.table.structure'?: boolean
  /** Empty or by_title. */
  'unstructured.chunking.strategy'?: '' | 'by_title'
  /** (default true). */
  'unstructured.multipage.sections'?: boolean
  /** Characters (default 500). */
  'unstructured.combine.under.n.chars'?: number
  /** Characters (default 1500). */
  'unstructured.new.after.n.chars'?: number
  /** Characters (default 1500). */
  'unstructured.max.characters'?: number
  /** (default true). */
  lenient?: boolean
  /** (default true). */
  'parse.text.block'?: boolean
  /** (default true). */
  'parse.trailer.block'?: boolean
  /** (default true). */
  'parse.user.block'?: boolean
  /** Makes embeddings of the text (default false). */
  'post.processor'?: boolean
  /** For embeddings. */
  runtime_data_credentials_id?: number
  /** For embeddings. */
  model?: string
  /** Attribute that is embedded. */
  property?: string
  /** For embeddings (default 1000). */
  chunk_threshold?: number
  /** (default false). */
  'ai.function'?: boolean
  /** When ai.function is true. */
  'ai.function.id'?: number
  /** (default false). */
  allowGrouping?: boolean
  /** Attributes, separated by commas, when allowGrouping is true. */
  'group.by.keys'?: string
  /** Attribute that receives the grouped records. */
  'group.field.name'?: string
  /** Publish records whose key is missing. */
  'group.publish.null.key'?: boolean | string
  /** evolve: new fields are added and types widen. quarantine: a record that does not fit is refused and kept; the schema stays. stop: the source stops with a message, and nothing of the file is committed. Default: `"evolve"`. */
  'schema.drift.policy'?: 'evolve' | 'quarantine' | 'stop'
  /** A file is read only when its last change is at least this long ago, so that one that is still being written is not half read. */
  stable_after_ms?: number
  /** Repeated by some clients; has no effect. */
  source_type?: string
  /** The same as `start.cron`. */
  start_cron?: string
  /** The same as `path`. */
  'bucket+prefix?'?: string
  /** The same as `whitelist.pathmatchers`. */
  'path?+**+file_pattern'?: string
  /** The same as `schema.detection.once`. */
  enforce_single_schema?: boolean
  /** The same as `schema.detection.once`. */
  schema_detection_once?: boolean
  /** The same as `overriden.extensions`. */
  'overridden.extensions'?: string
}

/** Snowflake: `source_config` */
export interface SnowflakeSource {
  /** Cron expression in UTC: 5 fields (Unix) or 6 to 7 fields (Quartz, seconds first). Absent: runs when asked to. */
  'start.cron'?: string
  /** Default: a table. Query: the result of a SELECT. Default: `"Default"`. */
  db_query_mode?: 'Default' | 'Query'
  /** Of the table; the credential’s unless given. */
  database?: string
  /** Of the table; the credential’s unless given. */
  schema?: string
  /** In Default mode; may be qualified: schema.table. */
  table?: string
  /** In Query mode: one SELECT. */
  query?: string
  /** none: all, in every run. incrementing: those with a greater id. timestamp: those changed since. Or both. Default: `"none"`. */
  mode?: 'none' | 'incrementing' | 'timestamp' | 'incrementing,timestamp'
  /** Numeric column that grows. */
  'incrementing.column.name'?: string
  /** Rows below are not read. */
  'incrementing.load.from'?: string | number
  /** Column with the time of the last change. */
  'timestamp.column.name'?: string
  /** Epoch milliseconds or ISO 8601; older rows are not read. */
  'timestamp.load.from'?: string | number
  /** Query mode: keep what the query changed (default false). Default: `false`. */
  'commit.on.read'?: boolean
  /** evolve: new fields are added and types widen. quarantine: a record that does not fit is refused and kept; the schema stays. stop: the source stops with a message, and nothing of the file is committed. Default: `"evolve"`. */
  'schema.drift.policy'?: 'evolve' | 'quarantine' | 'stop'
  /** Incremental by timestamp: each read looks back this far for rows that came late with an older time, and leaves out those that it has read (default 600000 where the database does not tell which transactions are open, else 0). */
  incremental_overlap_ms?: number
  /** Incremental by id: the same over so many ids (default 1000 where the database does not tell which transactions are open, else 0). */
  incremental_overlap_ids?: number
  /** The same as `start.cron`. */
  start_cron?: string
}

/** Local folder: `sink_config` */
export interface LocalFileSink {
  /** Folder to write below: absolute, or relative to an allowed folder. */
  path?: string
  /** json is one record per line. */
  data_format?: 'csv' | 'tsv' | 'json' | 'xml' | 'xlsx' | 'edi' | 'avro' | 'parquet' | 'orc' | 'fw'
  /** Of Parquet pages, or of the whole file for text formats (default snappy for Parquet, else none). */
  file_compression?: 'none' | 'snappy' | 'zstd' | 'gzip'
  /** Between fields of csv (default a comma). */
  'csv.delimiter'?: string
  /** Around fields of csv and tsv that need it (default "). */
  'csv.quote.char'?: string
  /** Before a quote character (default the quote character itself). */
  'csv.escape.char'?: string
  /** A file that reaches this size is closed and the next one begins. Default: `4096`. */
  'max.file.size.mb'?: number
  /** Date macros {YYYY} {MM} {dd} {HH} {mm}; `{record.<attribute>}` splits by value; empty: none. Default: `"{YYYY}/{MM}/{dd}"`. */
  'output.dir.name.pattern'?: string
  /** The name is prefix-nexset-range. */
  'file.name.prefix'?: string
  /** Name of the root element (default root). */
  'xml.root'?: string
  /** (default zlib). */
  'orc.compress'?: 'none' | 'zlib' | 'snappy' | 'lzo' | 'lz4'
  /** First line with column names (default true). */
  'write.header'?: boolean
  /** Widths in characters for fw, separated by commas. */
  'field.lengths'?: string
  /** For fw (default a space). */
  'padding.character'?: string
  /** For fw (default \n). */
  'line.separator'?: string
  /** Which attribute goes into which column; absent: every attribute under its own name. */
  mapping?: { mode?: 'auto' | 'manual'; mapping?: Record<string, readonly string[]>; fields_order?: readonly string[]; header_template?: string; tracker_mode?: 'NONE' | 'RECORD'; tracker_name?: string }
  /** Repeated by some clients; has no effect. */
  sink_type?: string
  /** The same as `data_format`. */
  file_format?: 'csv' | 'tsv' | 'json' | 'xml' | 'xlsx' | 'edi' | 'avro' | 'parquet' | 'orc' | 'fw'
  /** The same as `file_compression`. */
  compression?: 'none' | 'snappy' | 'zstd' | 'gzip'
  /** The same as `path`. */
  'bucket+prefix?'?: string
}

/** MinIO and other S3-compatible stores: `sink_config` */
export interface MinIoS3Sink {
  /** bucket/prefix to write below; s3://bucket/prefix works too. */
  path?: string
  /** json is one record per line. */
  data_format?: 'csv' | 'tsv' | 'json' | 'xml' | 'xlsx' | 'edi' | 'avro' | 'parquet' | 'orc' | 'fw'
  /** Of Parquet pages, or of the whole file for text formats (default snappy for Parquet, else none). */
  file_compression?: 'none' | 'snappy' | 'zstd' | 'gzip'
  /** Between fields of csv (default a comma). */
  'csv.delimiter'?: string
  /** Around fields of csv and tsv that need it (default "). */
  'csv.quote.char'?: string
  /** Before a quote character (default the quote character itself). */
  'csv.escape.char'?: string
  /** A file that reaches this size is closed and the next one begins. Default: `4096`. */
  'max.file.size.mb'?: number
  /** Date macros {YYYY} {MM} {dd} {HH} {mm}; `{record.<attribute>}` splits by value; empty: none. Default: `"{YYYY}/{MM}/{dd}"`. */
  'output.dir.name.pattern'?: string
  /** The name is prefix-nexset-range. */
  'file.name.prefix'?: string
  /** Name of the root element (default root). */
  'xml.root'?: string
  /** (default zlib). */
  'orc.compress'?: 'none' | 'zlib' | 'snappy' | 'lzo' | 'lz4'
  /** First line with column names (default true). */
  'write.header'?: boolean
  /** Widths in characters for fw, separated by commas. */
  'field.lengths'?: string
  /** For fw (default a space). */
  'padding.character'?: string
  /** For fw (default \n). */
  'line.separator'?: string
  /** Which attribute goes into which column; absent: every attribute under its own name. */
  mapping?: { mode?: 'auto' | 'manual'; mapping?: Record<string, readonly string[]>; fields_order?: readonly string[]; header_template?: string; tracker_mode?: 'NONE' | 'RECORD'; tracker_name?: string }
  /** Repeated by some clients; has no effect. */
  sink_type?: string
  /** The same as `data_format`. */
  file_format?: 'csv' | 'tsv' | 'json' | 'xml' | 'xlsx' | 'edi' | 'avro' | 'parquet' | 'orc' | 'fw'
  /** The same as `file_compression`. */
  compression?: 'none' | 'snappy' | 'zstd' | 'gzip'
  /** The same as `path`. */
  'bucket+prefix?'?: string
}

/** PostgreSQL: `sink_config` */
export interface PostgresSink {
  /** Of the table; the credential’s unless given. */
  database?: string
  /** Of the table; the credential’s unless given. */
  schema?: string
  /** May be qualified: schema.table or database.schema.table. */
  table: string
  /** INSERT adds, UPSERT replaces rows of the same key (default INSERT). */
  'insert.mode'?: 'INSERT' | 'UPSERT'
  /** append is INSERT, merge is UPSERT. */
  load_type?: 'append' | 'merge'
  /** Columns of the key, separated by commas; for UPSERT. */
  'primary.key'?: string
  /** The same as primary.key, as a list. */
  key_columns?: readonly string[] | string
  /** UPSERT: a null replaces a value (default true). Default: `true`. */
  'upsert.nulls'?: boolean
  /** {mode: "manual", mapping: {attribute: {column: TYPE}}}; absent or auto: every attribute under its own name. */
  mapping?: Record<string, unknown>
  /** evolve: columns are added, and those that were made here are widened. stop: the delivery stops with a message. Default: `"evolve"`. */
  'schema.drift.policy'?: 'evolve' | 'stop'
  /** Repeated by some clients; has no effect. */
  sink_type?: string
  /** Create the table when it does not exist; the top-level create_destination of a sink sets it. */
  create_destination?: boolean
}

/** REST API: `sink_config` */
export interface RestSink {
  /** {record.<attribute>}, {now} and ${CREDENTIAL.<name>} are filled in. */
  'url.template': string
  /** Of every request. Default: `"POST"`. */
  method?: 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'GET'
  /** Form of the body. Default: `"application/json"`. */
  'content.type'?: 'application/json' | 'application/xml'
  /** {message.json} (default) is the whole record, {message.xml} the same as XML, {record.<attribute>} one value; with batch.mode {messages.json} (default) is the array of records. */
  'body.template'?: string
  /** Code in Scala, which is not run here: refused. With batch.mode, body.template says what stands around the records. */
  'body.transform.function'?: string
  /** Several records in one request, as a JSON array. Default: `false`. */
  'batch.mode'?: boolean
  /** At most, where batches are sent. Default: `100`. */
  'max.poll.records'?: number
  /** `h1:v1,h2:v2`, for every request. */
  'request.headers'?: string
  /** As records of a new source, see answer_source_id of the destination. Default: `false`. */
  'create.datasource'?: boolean
  /** Carries a key that is the same when a request is repeated; empty: none is sent. Default: `"Idempotency-Key"`. */
  idempotency_header?: string
  /** Above 1, records may arrive in another order. Default: `1`. */
  parallel_requests?: number
  /** Most requests in a second; absent: as the service allows. */
  requests_per_second?: number
}

/** Amazon S3: `sink_config` */
export interface S3Sink {
  /** bucket/prefix to write below; s3://bucket/prefix works too. */
  path?: string
  /** json is one record per line. */
  data_format?: 'csv' | 'tsv' | 'json' | 'xml' | 'xlsx' | 'edi' | 'avro' | 'parquet' | 'orc' | 'fw'
  /** Of Parquet pages, or of the whole file for text formats (default snappy for Parquet, else none). */
  file_compression?: 'none' | 'snappy' | 'zstd' | 'gzip'
  /** Between fields of csv (default a comma). */
  'csv.delimiter'?: string
  /** Around fields of csv and tsv that need it (default "). */
  'csv.quote.char'?: string
  /** Before a quote character (default the quote character itself). */
  'csv.escape.char'?: string
  /** A file that reaches this size is closed and the next one begins. Default: `4096`. */
  'max.file.size.mb'?: number
  /** Date macros {YYYY} {MM} {dd} {HH} {mm}; `{record.<attribute>}` splits by value; empty: none. Default: `"{YYYY}/{MM}/{dd}"`. */
  'output.dir.name.pattern'?: string
  /** The name is prefix-nexset-range. */
  'file.name.prefix'?: string
  /** Name of the root element (default root). */
  'xml.root'?: string
  /** (default zlib). */
  'orc.compress'?: 'none' | 'zlib' | 'snappy' | 'lzo' | 'lz4'
  /** First line with column names (default true). */
  'write.header'?: boolean
  /** Widths in characters for fw, separated by commas. */
  'field.lengths'?: string
  /** For fw (default a space). */
  'padding.character'?: string
  /** For fw (default \n). */
  'line.separator'?: string
  /** Which attribute goes into which column; absent: every attribute under its own name. */
  mapping?: { mode?: 'auto' | 'manual'; mapping?: Record<string, readonly string[]>; fields_order?: readonly string[]; header_template?: string; tracker_mode?: 'NONE' | 'RECORD'; tracker_name?: string }
  /** Repeated by some clients; has no effect. */
  sink_type?: string
  /** The same as `data_format`. */
  file_format?: 'csv' | 'tsv' | 'json' | 'xml' | 'xlsx' | 'edi' | 'avro' | 'parquet' | 'orc' | 'fw'
  /** The same as `file_compression`. */
  compression?: 'none' | 'snappy' | 'zstd' | 'gzip'
  /** The same as `path`. */
  'bucket+prefix?'?: string
}

/** Snowflake: `sink_config` */
export interface SnowflakeSink {
  /** Of the table; the credential’s unless given. */
  database?: string
  /** Of the table; the credential’s unless given. */
  schema?: string
  /** May be qualified: schema.table or database.schema.table. */
  table: string
  /** INSERT adds, UPSERT replaces rows of the same key (default INSERT). */
  'insert.mode'?: 'INSERT' | 'UPSERT'
  /** append is INSERT, merge is UPSERT. */
  load_type?: 'append' | 'merge'
  /** Columns of the key, separated by commas; for UPSERT. */
  'primary.key'?: string
  /** The same as primary.key, as a list. */
  key_columns?: readonly string[] | string
  /** UPSERT: a null replaces a value (default true). Default: `true`. */
  'upsert.nulls'?: boolean
  /** {mode: "manual", mapping: {attribute: {column: TYPE}}}; absent or auto: every attribute under its own name. */
  mapping?: Record<string, unknown>
  /** evolve: columns are added, and those that were made here are widened. stop: the delivery stops with a message. Default: `"evolve"`. */
  'schema.drift.policy'?: 'evolve' | 'stop'
  /** Repeated by some clients; has no effect. */
  sink_type?: string
  /** Create the table when it does not exist; the top-level create_destination of a sink sets it. */
  create_destination?: boolean
  /** Column of a created table. */
  'partitioning.column'?: string
  /** Columns of a created table, separated by commas. */
  'clustering.columns'?: string
  /** Instead of the role of the credential. */
  role?: string
}
