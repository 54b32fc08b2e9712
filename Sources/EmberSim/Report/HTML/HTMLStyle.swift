enum HTMLStyle {
    static let sheet = """
        :root {
            --paper: #fdfdfc; --card: #ffffff; --ink: #1d1f23; --soft: #5c626b; --rule: #e3e4e1; --accent: #0a6aa8;
            --s0: #0a6aa8; --s1: #c84e00; --s2: #00805e; --s3: #ad4f86; --s4: #b98300; --s5: #3b9bd0; --s6: #5f6368;
            --t0: #d55e00; --t1: #c778a5; --t2: #e0a100; --t3: #2f9e7a; --t4: #3f8fc4; --t5: #7a7f87; --t6: #8a6fc0;
        }
        @media (prefers-color-scheme: dark) {
            :root {
                --paper: #16181b; --card: #1d2024; --ink: #e8e8e6; --soft: #a2a8b0; --rule: #33373d; --accent: #6fb7e9;
                --s0: #4ea6e6; --s1: #ff8a47; --s2: #2fc296; --s3: #dd8fbb; --s4: #f0b52e; --s5: #a3dcff; --s6: #b4b8bd;
                --t0: #f2792b; --t1: #d78db8; --t2: #f0b52e; --t3: #2fc296; --t4: #5caee8; --t5: #a3a9b2; --t6: #b39be0;
            }
        }
        * { box-sizing: border-box }
        body {
            margin: 0 auto; padding: 3.5rem 1.5rem 4rem; max-width: 68rem; background: var(--paper); color: var(--ink);
            font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
        }
        h1 { margin: 0; font-size: 2.4rem; font-weight: 650; line-height: 1.1; letter-spacing: -.02em }
        header p { margin: .6rem 0 1.6rem; max-width: 46rem; color: var(--soft); font-size: 1.1rem }
        dl { display: flex; flex-wrap: wrap; gap: .8rem 2.4rem; margin: 0; padding: .9rem 0;
            border-block: 1px solid var(--rule) }
        dt { color: var(--soft); font-size: .8rem }
        dd { margin: 0; font-size: 1.15rem; font-weight: 600; font-variant-numeric: tabular-nums }
        section { margin-top: 3.2rem }
        h2 { margin: 0; font-size: 1.35rem; font-weight: 620; letter-spacing: -.01em }
        section > p { margin: .25rem 0 1rem; max-width: 46rem; color: var(--soft) }
        figure { margin: 0; padding: 1.1rem 1.2rem .8rem; background: var(--card); border: 1px solid var(--rule);
            border-radius: 10px; overflow-x: auto }
        figcaption { margin-bottom: .4rem; font-size: .9rem; font-weight: 600 }
        figcaption small { color: var(--soft); font-weight: 400 }
        svg { display: block; width: 100%; height: auto; overflow: visible; font-size: 12.5px }
        section > figure > svg { min-width: 38rem }
        .panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(26rem, 100%), 1fr)); gap: 1rem }
        .legend { display: flex; flex-wrap: wrap; gap: .25rem 1.2rem; margin: 0 0 .9rem; padding: 0; list-style: none;
            font-size: .85rem }
        .legend li { display: flex; align-items: center; gap: .45rem; cursor: default }
        .legend i { width: 1.1rem; height: .75rem; border-radius: 2px; background: var(--c) }
        .legend .s i { height: 0; background: none; border-top: 3px solid var(--c); border-radius: 0 }
        .legend .d1 i { border-top-style: dashed }
        .legend .d2 i { border-top-style: dotted }
        .legend .dot i, .legend .ring i { width: .7rem; height: .7rem; border-radius: 50% }
        .legend .ring i { background: none; border: 2px solid var(--ink) }
        .s0 { --c: var(--s0) } .s1 { --c: var(--s1) } .s2 { --c: var(--s2) } .s3 { --c: var(--s3) }
        .s4 { --c: var(--s4) } .s5 { --c: var(--s5) } .s6 { --c: var(--s6) }
        .t0 { --c: var(--t0) } .t1 { --c: var(--t1) } .t2 { --c: var(--t2) } .t3 { --c: var(--t3) }
        .t4 { --c: var(--t4) } .t5 { --c: var(--t5) } .t6 { --c: var(--t6) } .dot { --c: var(--accent) }
        text { fill: var(--ink) }
        .end { text-anchor: end } .middle { text-anchor: middle }
        .tick, .note { fill: var(--soft); font-size: 11.5px }
        .note { font-size: 10.5px }
        .small { fill: var(--soft); font-size: 9px }
        .value { font-variant-numeric: tabular-nums }
        .grid { stroke: var(--rule) }
        rect[class^=t] { fill: var(--c); stroke: var(--card); stroke-width: .8 }
        rect.faint { opacity: .55 }
        rect:hover { filter: brightness(1.12) }
        .whisker { stroke: var(--ink); stroke-width: 1.3 }
        .stem { stroke: var(--rule); stroke-width: 3 }
        circle.dot { fill: var(--c) }
        circle.ring { fill: none; stroke: var(--ink); stroke-width: 2 }
        svg .s { transition: opacity .15s }
        svg .s path { fill: none; stroke: var(--c); stroke-width: 1.5; stroke-linejoin: round }
        svg .d1 path { stroke-dasharray: 7 4 }
        svg .d2 path { stroke-dasharray: 2 3 }
        svg .s circle { fill: var(--card); stroke: var(--c); stroke-width: 2 }
        .bound { stroke: var(--c); stroke-width: 1.5 }
        .resident path { stroke: var(--accent); stroke-width: 7.5 }
        .resident .hover { fill: transparent }
        .resident:hover .hover { fill: var(--rule) }
        .l1 { opacity: .28 } .l2 { opacity: .5 } .l3 { opacity: .75 }
        .scroll { overflow-x: auto; border: 1px solid var(--rule); border-radius: 10px; background: var(--card) }
        table { width: 100%; border-collapse: collapse; font-size: .82rem; font-variant-numeric: tabular-nums;
            white-space: nowrap }
        caption { padding: .9rem 1rem .3rem; text-align: left; color: var(--soft) }
        th, td { padding: .38rem .7rem; text-align: right; border-top: 1px solid var(--rule); vertical-align: top }
        thead th { border-top: 0; vertical-align: bottom; color: var(--soft); font-weight: 600; white-space: normal }
        th:first-child { position: sticky; left: 0; text-align: left; background: var(--card) }
        tbody th { font-weight: 500 }
        td span { display: block; color: var(--soft); font-size: .72rem; line-height: 1.25 }
        strong { font-weight: 700; color: var(--accent) }
        .published th, .published td { border-top: 0; padding-top: 0; color: var(--soft); font-style: italic }
        .published td { text-align: right }
        .published th { padding-left: 1.8rem }
        footer { margin-top: 3.5rem; padding-top: 1rem; border-top: 1px solid var(--rule); color: var(--soft);
            font-size: .85rem }
        footer p { margin: 0 0 .5rem }
        pre { margin: 0; padding: .8rem 1rem; overflow-x: auto; background: var(--card); border: 1px solid var(--rule);
            border-radius: 8px; color: var(--ink) }
        code { font: .85rem ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", monospace }
        @media print { body { max-width: none; padding: 0 } section { break-inside: avoid } }

        """
}
