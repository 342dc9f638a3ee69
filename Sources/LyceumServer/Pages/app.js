// Lyceum's page: search with facets, and one view each for a job, a course and a student.
//
// State is in the URL's fragment, which browsers do not send: what is sought leaves the page only in the request
// for it. Every text from the server becomes a text node; nothing is ever parsed as HTML.

"use strict";

(() => {
  const KEY = "lyceum-key";
  const PAGE = 20;

  /** What each collection shows, counts and sorts by. */
  const COLLECTIONS = {
    jobs: {
      one: "job", many: "jobs", placeholder: "Title, skill or employer",
      facets: ["skills", "location", "company", "education", "experience", "status"],
      fields: ["title", "company", "location", "skills", "education", "experience", "salary_min", "salary_max",
        "currency", "posting_date", "application_deadline", "status"],
      sorts: [["", "Best match"], ["-posting_date", "Newest"], ["application_deadline", "Deadline"],
        ["-salary_max", "Salary"]],
      example: 'skills = "Python" AND salary_min >= 60000',
    },
    courses: {
      one: "course", many: "courses", placeholder: "Title, subject or skill",
      facets: ["skills", "department", "level"],
      fields: ["title", "department", "skills", "credits", "level"],
      sorts: [["", "Best match"], ["-credits", "Credits"]],
      example: "credits >= 60",
    },
    students: {
      one: "student", many: "students", placeholder: "Name, programme, interest or skill",
      facets: ["skills", "program", "interest", "skill_gaps", "engagement_level", "learning_style"],
      fields: ["name", "program", "interest", "skills", "skill_gaps", "gpa", "credits", "graduation_date",
        "performance_score", "engagement_level", "learning_style"],
      sorts: [["", "Best match"], ["-gpa", "GPA"], ["-performance_score", "Performance"]],
      example: 'gpa >= 3.5 AND skills = "Python"',
    },
  };

  const $ = (id) => document.getElementById(id);
  const plural = (count, one, many) => `${number(count)} ${count === 1 ? one : many}`;
  const number = (value) => new Intl.NumberFormat().format(value);
  const title = (name) => {
    const words = String(name).replaceAll("_", " ");
    return words.charAt(0).toUpperCase() + words.slice(1);
  };

  /** An element with attributes and children; absent children are left out. */
  function element(name, attributes = {}, ...children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value === undefined || value === null || value === false) continue;
      if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else if (key in node && typeof value === "boolean") node[key] = value;
      else node.setAttribute(key, value);
    }
    node.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false));
    return node;
  }

  // Values of documents, which may lack anything.

  const names = (list) => (Array.isArray(list) ? list : [])
    .map((item) => (typeof item === "string" ? item : item?.name ?? item?.skill ?? item?.title ?? item?.course_id))
    .filter((item) => typeof item === "string" && item !== "");

  function day(value) {
    if (typeof value !== "string" || !/^\d{4}-\d{2}-\d{2}/.test(value)) return undefined;
    const date = new Date(`${value.slice(0, 10)}T00:00:00Z`);
    if (Number.isNaN(date.getTime())) return undefined;
    return new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" }).format(date);
  }

  function salary(compensation) {
    const range = compensation?.salary_range;
    const unit = compensation?.currency ? ` ${compensation.currency}` : "";
    if (typeof range === "string" && range !== "") {
      return range.replace(/\d{4,}(\.0+)?/g, (digits) => number(Number(digits))).replace(/\s*-\s*/, " – ") + unit;
    }
    const low = range?.min ?? compensation?.salary_min;
    const high = range?.max ?? compensation?.salary_max;
    const parts = [...new Set([low, high].filter((part) => part !== undefined && part !== null))];
    return parts.length ? parts.map(number).join(" – ") + unit : undefined;
  }

  const fullName = (profile) =>
    [profile.personal_info?.first_name, profile.personal_info?.last_name].filter(Boolean).join(" ")
    || `Student ${profile.student_id}`;

  // Talking to the API.

  class Refusal extends Error {
    constructor(status, problem) {
      super(problem.detail ?? problem.title ?? `The server answered ${status}.`);
      this.status = status;
      this.problem = problem;
    }
  }

  let running;

  async function ask(path) {
    const headers = { Accept: "application/json" };
    const key = sessionStorage.getItem(KEY);
    if (key) headers.Authorization = `Bearer ${key}`;
    const response = await fetch(path, { headers, signal: running?.signal, credentials: "omit" });
    const body = await response.json().catch(() => ({}));
    if (!response.ok) throw new Refusal(response.status, body);
    return body;
  }

  // Where we are: "#/jobs?q=…", "#/jobs/<id>".

  function place() {
    const [path, query] = location.hash.replace(/^#\/?/, "").split("?", 2);
    const [tab, id] = path.split("/").map(safelyDecoded);
    const collection = Object.hasOwn(COLLECTIONS, tab) ? tab : "jobs";
    const parameters = new URLSearchParams(query ?? "");
    return {
      collection, id: id || undefined,
      q: parameters.get("q") ?? "", expression: parameters.get("filter") ?? "", sort: parameters.get("sort") ?? "",
      chosen: parameters.getAll("f").map((pair) => pair.split(/:(.*)/s).slice(0, 2)).filter((pair) => pair.length === 2),
    };
  }

  function safelyDecoded(text) {
    try { return decodeURIComponent(text); } catch { return text; }
  }

  function link(to) {
    const parameters = new URLSearchParams();
    if (to.q) parameters.set("q", to.q);
    if (to.expression) parameters.set("filter", to.expression);
    if (to.sort) parameters.set("sort", to.sort);
    for (const [field, value] of to.chosen ?? []) parameters.append("f", `${field}:${value}`);
    const query = parameters.toString();
    const id = to.id ? `/${encodeURIComponent(to.id)}` : "";
    return `#/${to.collection}${id}${query ? `?${query}` : ""}`;
  }

  const quoted = (text) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

  function searchPath(here, cursor) {
    const parameters = new URLSearchParams({ limit: String(PAGE) });
    if (here.q) parameters.set("q", here.q);
    for (const [field, value] of here.chosen) parameters.append("filter", `${field} = ${quoted(value)}`);
    if (here.expression) parameters.append("filter", here.expression);
    if (here.sort) parameters.set("sort", here.sort);
    if (cursor) parameters.set("cursor", cursor);
    else parameters.set("facets", COLLECTIONS[here.collection].facets.join(","));
    return `/v1/${here.collection}/search?${parameters}`;
  }

  // Pieces.

  /** Splits text into nodes with the words sought marked. */
  function marked(text, query) {
    const words = query.toLowerCase().match(/[\p{L}\p{N}+#.]{2,}/gu) ?? [];
    if (!words.length) return [text];
    const escaped = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    const parts = text.split(new RegExp(`((?<![\\p{L}\\p{N}])(?:${escaped.join("|")}))`, "giu"));
    return parts.map((part, index) => (index % 2 ? element("mark", {}, part) : part)).filter((part) => part !== "");
  }

  /** A few sentences around the first word sought. */
  function excerpt(text, query) {
    const plain = String(text ?? "").replace(/\s+/g, " ").trim();
    if (!plain) return undefined;
    const word = query.toLowerCase().match(/[\p{L}\p{N}+#.]{3,}/u)?.[0];
    const at = word ? plain.toLowerCase().indexOf(word) : -1;
    const start = at > 90 ? plain.indexOf(" ", at - 70) + 1 : 0;
    return (start ? "… " : "") + plain.slice(start, start + 320);
  }

  function chips(list, kind = "", most = 12, wanted = () => false) {
    const all = names(list);
    if (!all.length) return undefined;
    const ordered = [...all].sort((a, b) => Number(wanted(b)) - Number(wanted(a)));
    const shown = ordered.slice(0, most).map((name) =>
      element("li", { class: `chip ${kind || (wanted(name) ? "have plain" : "")}` }, name));
    if (all.length > most) shown.push(element("li", { class: "chip rest" }, `and ${all.length - most} more`));
    return element("ul", { class: "chips" }, shown);
  }

  /** Whether a skill is one of those sought or chosen. */
  const soughtSkill = (here) => {
    const query = ` ${here.q.toLowerCase()} `;
    const chosen = new Set(here.chosen.filter(([field]) => field.startsWith("skill")).map(([, value]) => value.toLowerCase()));
    return (skill) => chosen.has(skill.toLowerCase())
      || query.includes(` ${skill.toLowerCase()} `)
      || query.trim().split(/\s+/).some((word) => word.length > 2 && skill.toLowerCase().split(/\s+/).includes(word));
  };

  const meta = (...items) => {
    const present = items.flat().filter(Boolean);
    return present.length ? element("ul", { class: "meta" }, present.map((item) => element("li", {}, item))) : undefined;
  };

  const openStatus = (status) => (status && !/^open$/i.test(status) ? element("strong", {}, title(status)) : undefined);

  function jobMeta(job) {
    const deadline = day(job.metadata?.application_deadline);
    return meta(job.company && element("strong", {}, job.company), job.location, salary(job.compensation),
      deadline && `Apply by ${deadline}`, openStatus(job.metadata?.status));
  }

  const courseMeta = (course) => meta(course.code && element("strong", {}, course.code), course.department,
    course.level && `Level ${course.level}`.replace(/^Level (?=[A-Z][a-z])/, ""), course.credits && `${number(course.credits)} credits`,
    day(course.starts_on) && `From ${day(course.starts_on)}`);

  function studentMeta(student) {
    const academic = student.academic_info ?? {};
    return meta(academic.program && element("strong", {}, academic.program),
      typeof academic.gpa === "number" && `GPA ${academic.gpa.toFixed(2)}`,
      student.career_info?.interest && `Interested in ${student.career_info.interest}`);
  }

  const heading = (level, here, id, text, query = "") =>
    element(level, {}, element("a", { href: link({ collection: here, id }) }, marked(text, query)));

  const CARDS = {
    jobs: (job, here, level) => [
      heading(level, "jobs", here.hit, job.title ?? "Untitled posting", here.q), jobMeta(job),
      here.q && excerpt(job.description, here.q)
        && element("p", { class: "snippet" }, marked(excerpt(job.description, here.q), here.q)),
      here.reasons ? undefined : chips(job.requirements?.skills, "", 10, soughtSkill(here)),
    ],
    courses: (course, here, level) => [
      heading(level, "courses", here.hit, course.title ?? course.course_id, here.q), courseMeta(course),
      excerpt(course.description, here.q)
        && element("p", { class: "snippet" }, marked(excerpt(course.description, here.q), here.q)),
      here.reasons ? undefined : chips(course.skills, "", 10, soughtSkill(here)),
    ],
    students: (student, here, level) => [
      heading(level, "students", here.hit, fullName(student), here.q), studentMeta(student),
      chips(student.skills, "", 10, soughtSkill(here)),
    ],
  };

  /** Why something is recommended: what fits and what is missing. */
  function reasons(given) {
    const kinds = [["matched_skills", "Has already", "have"], ["missing_skills", "Still to learn", "lack"],
      ["closes_gaps", "Closes the gaps", "have"], ["already_has", "Also covers", ""]];
    return kinds.flatMap(([name, label, kind]) => {
      const list = chips(given[name], kind, 8);
      return list ? [element("p", { class: "reason" }, label), list] : [];
    });
  }

  function explanation(explain) {
    if (!explain) return undefined;
    return element("details", { class: "explain" }, element("summary", {}, "Why this score"),
      element("pre", {}, JSON.stringify(explain, null, 2)));
  }

  function card(collection, hit, here, level = "h2") {
    return element("li", {}, element("article", { class: "card" }, CARDS[collection](hit.document, { ...here, hit: hit.id }, level),
      hit.reasons ? reasons(hit.reasons) : [], explanation(hit.explain)));
  }

  function say(...nodes) { $("summary").replaceChildren(...nodes); }

  function show(...nodes) { $("view").replaceChildren(...nodes.flat().filter(Boolean)); }

  const nothing = (head, text) => element("div", { class: "empty" }, element("h2", {}, head), element("p", {}, text));

  // Facets.

  function facetColumn(here, counts) {
    const groups = COLLECTIONS[here.collection].facets
      .map((field) => [field, counts?.[field] ?? []])
      .filter(([, values]) => values.length)
      .map(([field, values]) => {
        const chosen = new Set(here.chosen.filter(([name]) => name === field).map(([, value]) => value.toLowerCase()));
        const rows = values.map(({ value, count }) => facetRow(here, field, value, count, chosen.has(value.toLowerCase())));
        const rest = rows.slice(6);
        rest.forEach((row) => { row.hidden = true; });
        const more = rest.length > 0 && element("button", {
          class: "more", type: "button", "aria-expanded": "false",
          onclick: (event) => {
            const open = rest[0].hidden;
            rest.forEach((row) => { row.hidden = !open; });
            event.currentTarget.setAttribute("aria-expanded", String(open));
            event.currentTarget.textContent = open ? "Show fewer" : `Show ${rest.length} more`;
          },
        }, `Show ${rest.length} more`);
        return element("fieldset", {}, element("legend", {}, title(field)), rows, more);
      });
    const chosen = here.chosen.map(([field, value]) => element("button", {
      type: "button", "aria-label": `Remove ${title(field)}: ${value}`,
      onclick: () => { location.hash = link(without(here, field, value)); },
    }, value));
    if (!groups.length && !chosen.length) return [];
    const wide = matchMedia("(min-width: 52.01rem)").matches;
    const body = element("div", { class: "facets-body" }, chosen.length ? element("div", { class: "chosen" }, chosen) : undefined, groups);
    return [element("details", { open: wide || undefined },
      element("summary", {}, here.chosen.length ? `Filters (${here.chosen.length})` : "Filters"), body)];
  }

  const without = (here, field, value) =>
    ({ ...here, chosen: here.chosen.filter(([name, other]) => name !== field || other.toLowerCase() !== value.toLowerCase()) });

  function facetRow(here, field, value, count, isChosen) {
    const box = element("input", {
      type: "checkbox", checked: isChosen,
      onchange: () => {
        focusAfter = [field, value];
        location.hash = link(isChosen ? without(here, field, value) : { ...here, chosen: [...here.chosen, [field, value]] });
      },
    });
    box.dataset.facet = `${field}:${value}`;
    return element("label", { class: "facet" }, box, element("span", { class: "facet-name" }, value),
      element("span", { class: "facet-count" }, number(count)));
  }

  /** The checkbox to give the focus back to once its column is drawn anew. */
  let focusAfter;

  function drawFacets(here, counts) {
    $("facets").replaceChildren(...facetColumn(here, counts));
    const isEmpty = !$("facets").childElementCount;
    $("columns").classList.toggle("single", isEmpty);
    $("facets").hidden = isEmpty;
    if (focusAfter) {
      const wanted = focusAfter.join(":");
      [...document.querySelectorAll("[data-facet]")].find((box) => box.dataset.facet === wanted)?.focus();
      focusAfter = undefined;
    }
  }

  // Views.

  async function results(here) {
    const collection = COLLECTIONS[here.collection];
    document.title = here.q ? `${here.q} – ${title(collection.many)} – Lyceum` : `${title(collection.many)} – Lyceum`;
    const answer = await ask(searchPath(here));
    drawFacets(here, answer.facets);
    say(element("strong", {}, plural(answer.total, collection.one, collection.many)), ` in ${(answer.took_us / 1000).toFixed(1)} ms`);
    if (!answer.total) {
      show(nothing(`No ${collection.many} match`, "Try fewer words, or take a filter away."));
      return;
    }
    const list = element("ol", { class: "hits" }, answer.hits.map((hit) => card(here.collection, hit, here)));
    const pager = element("div", { class: "pager" });
    const offer = (cursor) => {
      pager.replaceChildren();
      if (!cursor) return;
      pager.append(element("button", {
        type: "button",
        onclick: async (event) => {
          event.currentTarget.disabled = true;
          try {
            const next = await ask(searchPath(here, cursor));
            const cards = next.hits.map((hit) => card(here.collection, hit, here));
            list.append(...cards);
            cards[0]?.querySelector("a")?.focus();
            offer(next.next_cursor);
          } catch (error) { fail(error, here); }
        },
      }, `Show more ${collection.many}`));
    };
    offer(answer.next_cursor);
    show(list, pager);
  }

  const tile = (label, value) => value !== undefined && value !== null && value !== ""
    && element("div", { class: "tile" }, element("dt", {}, label),
      element("dd", { class: String(value).length > 14 ? "long" : undefined }, String(value)));

  const back = (collection) => element("a", { class: "back", href: lastSearch[collection] ?? `#/${collection}` },
    `← All ${COLLECTIONS[collection].many}`);

  const section = (head, lead, ...content) => {
    const present = content.flat().filter(Boolean);
    return present.length > 0 && element("section", { class: "section" }, element("h2", {}, head),
      lead && element("p", { class: "lead" }, lead), present);
  };

  async function job(here) {
    const found = await ask(`/v1/jobs/${encodeURIComponent(here.id)}`);
    document.title = `${found.title ?? "Job"} – Lyceum`;
    show(back("jobs"), element("article", { class: "document" },
      element("h1", {}, found.title ?? "Untitled posting"),
      meta(found.company && element("strong", {}, found.company), found.location),
      element("dl", { class: "tiles" }, tile("Salary", salary(found.compensation)),
        tile("Education", found.requirements?.education), tile("Experience", found.requirements?.experience),
        tile("Posted", day(found.metadata?.posting_date)), tile("Apply by", day(found.metadata?.application_deadline)),
        tile("Status", found.metadata?.status && title(found.metadata.status))),
      section("Skills", undefined, chips(found.requirements?.skills, "", 60)),
      section("The work", undefined, found.description && element("p", { class: "prose" }, found.description)),
      original(found.url)));
  }

  /** A link to the posting where it came from, if that is a web address. */
  function original(address) {
    if (!URL.canParse?.(address) || !/^https?:$/.test(new URL(address).protocol)) return undefined;
    return element("p", { class: "section" }, element("a", { href: address, rel: "noreferrer noopener" }, "The original posting"));
  }

  async function course(here) {
    const found = await ask(`/v1/courses/${encodeURIComponent(here.id)}`);
    document.title = `${found.title ?? "Course"} – Lyceum`;
    show(back("courses"), element("article", { class: "document" },
      element("h1", {}, found.title ?? found.course_id), meta(found.code, found.department),
      element("dl", { class: "tiles" }, tile("Level", found.level), tile("Credits", found.credits),
        tile("Starts", day(found.starts_on)), tile("Length", found.length_days && `${number(found.length_days)} days`),
        tile("Enrolled", found.enrolled && number(found.enrolled)),
        tile("Passed", typeof found.pass_rate === "number" && `${Math.round(found.pass_rate * 100)} %`)),
      section("Skills it teaches", undefined, chips(found.skills, "", 60)),
      section("About the course", undefined, found.description && element("p", { class: "prose" }, found.description))));
  }

  /** Which source each field of a profile came from. */
  function provenance(given) {
    const rows = Object.entries(given ?? {}).filter(([, source]) => typeof source === "string");
    return rows.length > 0 && element("details", { class: "section" }, element("summary", {}, "Where this comes from"),
      element("dl", { class: "sources" }, rows.flatMap(([field, source]) =>
        [element("dt", {}, title(field)), element("dd", {}, title(source))])));
  }

  async function student(here) {
    const path = `/v1/students/${encodeURIComponent(here.id)}`;
    const found = await ask(path);
    const { academic_info: academic = {}, performance_info: performance = {}, career_info: career = {} } = found;
    const name = fullName(found);
    document.title = `${name} – Lyceum`;
    const initials = name.split(/\s+/).map((word) => word[0]).filter((letter) => /\p{L}/u.test(letter ?? "")).slice(0, 2).join("");
    const recommended = element("div");
    show(back("students"), element("article", { class: "document" },
      element("header", { class: "profile-head" },
        initials && element("div", { class: "initials", "aria-hidden": "true" }, initials),
        element("div", {}, element("h1", {}, name), meta(academic.program && element("strong", {}, academic.program), career.interest && `Interested in ${career.interest}`,
          found.personal_info?.email, `No. ${found.student_id}`))),
      element("dl", { class: "tiles" }, tile("GPA", typeof academic.gpa === "number" ? academic.gpa.toFixed(2) : academic.gpa),
        tile("Credits", academic.credits), tile("Performance", performance.performance_score),
        tile("Engagement", performance.engagement_level && title(performance.engagement_level)),
        tile("Learning style", performance.learning_style && title(performance.learning_style)),
        tile("Graduates", day(academic.graduation_date))),
      element("div", { class: "pair" },
        section("Skills", undefined, chips(found.skills, "have", 40)),
        section("Skills to gain", undefined, chips(career.skill_gaps, "lack", 40))),
      recommended, provenance(found.provenance)));
    const [jobs, courses] = await Promise.all([
      ask(`${path}/recommendations/jobs?limit=6`), ask(`${path}/recommendations/courses?limit=6`),
    ]);
    const cards = (collection, answer) => answer.hits.length > 0
      && element("ol", { class: "hits" }, answer.hits.map((hit) => card(collection, hit, { q: "", chosen: [], reasons: true }, "h3")));
    recommended.append(element("div", { class: "pair" },
      section("Recommended jobs", "What fits already, and what is still missing.", cards("jobs", jobs)) || "",
      section("Recommended courses", "What would close the gaps.", cards("courses", courses)) || ""));
  }

  // Errors, and the key.

  function askForKey(detail, here) {
    const input = element("input", { id: "key", type: "password", autocomplete: "off", required: true, spellcheck: "false" });
    drawFacets(here, {});
    say();
    show(element("section", { class: "notice" }, element("h2", {}, "Student data needs an API key"),
      element("p", { role: "alert" }, detail),
      element("form", {
        onsubmit: (event) => {
          event.preventDefault();
          sessionStorage.setItem(KEY, input.value.trim());
          draw();
        },
      }, element("label", { for: "key" }, "API key"),
      element("div", { class: "search-row" }, input, element("button", { class: "primary", type: "submit" }, "Open")),
      element("p", { class: "fields" }, "Kept in this tab only, until it is closed."))));
  }

  function fail(error, here) {
    if (error.name === "AbortError") return;
    const problem = error.problem ?? {};
    if (error.status === 401 || error.status === 403) {
      sessionStorage.removeItem(KEY);
      drawKeyButton();
      const isFirst = problem.type === "urn:lyceum:problem:key-required";
      askForKey(isFirst ? "Ask whoever runs this server for one; lyceum demo prints one when it starts." : error.message, here);
      return;
    }
    say();
    if (error.status === 400 && problem.parameter === "filter" && here.expression) {
      $("expression").open = true;
      const caret = problem.position
        && element("pre", {}, `${here.expression}\n${" ".repeat(Math.max(0, problem.position - 1))}^`);
      $("filter-problem").replaceChildren(element("div", { class: "problem" }, element("b", {}, "Not a filter: "), error.message, caret || ""));
      $("filter").setAttribute("aria-invalid", "true");
      drawFacets(here, {});
      show(nothing("The filter cannot be read", "What is wrong stands below the filter."));
      return;
    }
    drawFacets(here, {});
    if (error.status === 404) show(nothing("Not found", error.message));
    else if (error.status) show(nothing(problem.title ?? "That did not work", error.message));
    else show(nothing("The server does not answer", "Is it running? Try again in a moment."));
  }

  function drawKeyButton() {
    $("forget").hidden = !sessionStorage.getItem(KEY);
  }

  // Drawing what the URL says.

  const lastSearch = {};
  const VIEWS = { jobs: job, courses: course, students: student };

  async function draw() {
    running?.abort();
    running = new AbortController();
    const here = place();
    const collection = COLLECTIONS[here.collection];
    for (const tab of document.querySelectorAll("[data-tab]")) {
      if (tab.dataset.tab === here.collection) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
      if (lastSearch[tab.dataset.tab]) tab.href = lastSearch[tab.dataset.tab];
    }
    drawKeyButton();
    $("q").value = here.q;
    $("q").placeholder = collection.placeholder;
    $("q-label").textContent = `Search ${collection.many}`;
    $("filter").value = here.expression;
    $("filter").placeholder = collection.example;
    $("filter").removeAttribute("aria-invalid");
    $("filter-problem").replaceChildren();
    if (here.expression) $("expression").open = true;
    $("fields").replaceChildren("Fields: ", ...collection.fields.flatMap((field, index) =>
      [index ? ", " : "", element("code", {}, field)]));
    $("sort").replaceChildren(...collection.sorts.map(([value, label]) =>
      element("option", { value, selected: value === here.sort }, label)));
    try {
      if (here.id) {
        drawFacets(here, {});
        say();
        await VIEWS[here.collection](here);
      } else {
        lastSearch[here.collection] = location.hash || "#/jobs";
        await results(here);
      }
    } catch (error) { fail(error, here); }
  }

  function submit(event) {
    event?.preventDefault();
    const here = place();
    const target = link({ ...here, id: undefined, q: $("q").value.trim(), expression: $("filter").value.trim(), sort: $("sort").value });
    if (target === location.hash) draw();
    else location.hash = target;
  }

  async function drawSnapshot() {
    try {
      const ready = await (await fetch("/health/ready")).json();
      if (ready.status !== "ready") return;
      const counts = Object.entries(ready.collections).map(([name, count]) => `${number(count)} ${name}`);
      $("snapshot").textContent = `${counts.join(" · ")} · index ${ready.snapshot}`;
    } catch { /* The footer stays empty; the search itself says what is wrong. */ }
  }

  addEventListener("hashchange", () => {
    const isDocument = Boolean(place().id);
    draw().then(() => { if (isDocument) $("main").focus({ preventScroll: true }); });
    scrollTo(0, 0);
  });
  $("search").addEventListener("submit", submit);
  $("sort").addEventListener("change", submit);
  $("forget").addEventListener("click", () => {
    sessionStorage.removeItem(KEY);
    draw();
  });
  draw();
  drawSnapshot();
})();
