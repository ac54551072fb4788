/** What trying a profile has shown. */
export interface Finding {
  readonly is: 'ok' | 'lacks' | 'unclear' | 'failed'
  readonly text: string
}
