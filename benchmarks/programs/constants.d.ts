// Filled in by esbuild, so that every program pays for the same four texts.
declare const TOKEN_URL: string
declare const API_URL: string
declare const CLIENT_ID: string
declare const CLIENT_SECRET: string
