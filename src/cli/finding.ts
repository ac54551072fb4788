/** What trying a profile has shown. */
export interface Finding {
  readonly is: 'ok' | 'lacks' | 'failed'
  readonly text: string
}
