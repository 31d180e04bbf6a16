// Generated from connectors/*/spec*.json by scripts/generate-connector-types.ts. Do not edit.

export interface CredentialConfigs {

}

export interface SourceConfigs {

}

export interface SinkConfigs {

}
