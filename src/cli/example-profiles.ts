/** A file of profiles to begin with, for narrow terminals too. The page docs/cli.md has more. */
export const exampleProfiles = `{ "profiles": { "cameras": {
  "preset": "oauth2", "options": {
  "tokenUrl": "https://a.example/token",
  "apiUrl": "https://a.example/api",
  "clientId": "my-app",
  "clientSecret": "env:SECRET" } } } }`
