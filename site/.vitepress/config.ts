import { readFileSync } from 'node:fs'
import { defineConfig } from 'vitepress'
import { slugOf } from '../build/slug.ts'
import type { SiteData } from '../build/stage.ts'

const { description, nav, sidebar } = JSON.parse(readFileSync(new URL('../.generated/site.json', import.meta.url), 'utf8')) as SiteData

export default defineConfig({
  title: 'tokenwell',
  description,
  lang: 'en',
  srcDir: '.generated',
  outDir: 'dist',
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: '/icon.svg' }]],
  markdown: {
    anchor: { slugify: slugOf },
    // The documents are written for GitHub: a brace is a brace there.
    attrs: { disable: true },
    config: ({ renderer: { rules } }) => {
      for (const name of ['text', 'code_inline'] as const) {
        const render = rules[name]
        rules[name] = (...of) => (render?.(...of) ?? '').replaceAll('{{', '&#123;&#123;')
      }
    },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark' },
  },
  themeConfig: {
    logo: '/icon.svg',
    nav: [...nav],
    sidebar: sidebar as never,
    outline: [2, 3],
    search: {
      provider: 'local',
      options: {
        miniSearch: {
          searchOptions: {
            // A guide says more about a word than the page of a name that has it.
            boostDocument: (id: string) => (/\/reference\/|\/decisions\/|\/changelog/.test(id) ? 0.3 : 1),
          },
        },
      },
    },
    footer: { message: 'MIT licence' },
  },
})
