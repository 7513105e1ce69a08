// The page's own script: times in the reader's zone, links out of Airflow's frame, and Dag runs,
// which are started through Airflow's public API with the reader's own session.
(() => {
  "use strict";
  const { root, house, project } = document.body.dataset;
  const words = JSON.parse(document.body.dataset.words);
  const say = (english, values = {}) =>
    (words[english] ?? english).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  const PROJECT_DAG = "autoclip_project_sync";
  const BACKFILL_DAG = "autoclip_backfill_audit";
  const FINISHED = new Set(["success", "failed", "skipped", "upstream_failed", "removed"]);
  const LOOK_MS = 1500;
  const LONGEST_LOOK_MS = 10000;
  const ARMED_MS = 6000;

  const framed = (() => {
    try {
      return window.parent !== window && Boolean(window.parent.document);
    } catch {
      return false;
    }
  })();

  // A mail's link names the project in the address of Airflow's page, not of this frame.
  if (framed && !project) {
    const wanted = new URLSearchParams(window.parent.location.search).get("project");
    if (wanted && /^[0-9a-f-]{36}$/.test(wanted)) {
      window.location.replace(`${root}/view/projects/${wanted}`);
      return;
    }
  }

  const element = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };

  const localise = (within) => {
    // In both languages the same, and never a question of which number is the month.
    const two = (number) => String(number).padStart(2, "0");
    const text = (at) => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
    for (const time of within.querySelectorAll("time[datetime]")) {
      const moment = new Date(time.dateTime);
      if (Number.isNaN(moment.valueOf())) continue;
      time.title = time.dateTime;
      time.textContent = text(moment);
    }
  };

  // Airflow's frame may not navigate the page around it; a link of that page's own may.
  const openInHouse = (href) => {
    if (!framed) {
      window.location.assign(href);
      return;
    }
    const link = window.parent.document.createElement("a");
    link.href = href;
    window.parent.document.body.append(link);
    link.click();
    link.remove();
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link) return;
    if (link.dataset.language) {
      // A preference of this browser, kept by it; the link alone works as well.
      document.cookie = `clipsync_lang=${link.dataset.language}; path=${root || "/"}; max-age=31536000; samesite=lax`;
    } else if (link.hasAttribute("data-top") && !event.ctrlKey && !event.metaKey && framed) {
      event.preventDefault();
      openInHouse(link.href);
    }
  });

  document.addEventListener("change", (event) => {
    if (event.target.closest("[data-submit]")) event.target.form.requestSubmit();
  });

  // ---- Airflow's API

  const api = async (path, body) => {
    const response = await fetch(`${house}/api/v2${path}`, {
      method: body ? "POST" : "GET",
      credentials: "same-origin",
      headers: { Accept: "application/json", ...(body ? { "Content-Type": "application/json" } : {}) },
      body: body ? JSON.stringify(body) : undefined,
    });
    const text = await response.text();
    let data = null;
    try {
      data = JSON.parse(text);
    } catch {
      data = { detail: text.slice(0, 300) };
    }
    return { status: response.status, ok: response.ok, data };
  };

  const runPath = (dag, run) => `/dags/${encodeURIComponent(dag)}/dagRuns/${encodeURIComponent(run)}`;
  const xcom = async (dag, run, task, mapIndex = -1, key = "return_value") => {
    const path = `${runPath(dag, run)}/taskInstances/${task}/xcomEntries/${key}?map_index=${mapIndex}&deserialize=true`;
    const answer = await api(path);
    return answer.ok ? answer.data.value : null;
  };

  // ---- A run's progress

  const shelf = document.getElementById("runs");
  const followed = new Set();

  const card = (dag, run, label) => {
    const state = element("span", { className: "badge state-queued", textContent: say("queued") });
    const bar = element("progress", { max: 1, value: 0 });
    bar.setAttribute("aria-label", label);
    const count = element("span", { className: "quiet" });
    const link = element("a", { href: `${house}/dags/${dag}/runs/${encodeURIComponent(run)}`, textContent: say("Open the run") });
    link.setAttribute("data-top", "");
    const dismiss = element("button", { type: "button", className: "plain", textContent: say("Dismiss"), hidden: true });
    const result = element("div", { className: "result" });
    // The chips change too often to be read out; state and result are what matters.
    const tasks = element("div", { className: "tasks" });
    tasks.setAttribute("aria-hidden", "true");
    const head = element("div", { className: "run-head" }, element("strong", { textContent: label }), state, bar, count,
      element("span", { className: "spring" }), link, dismiss);
    const made = element("div", { className: "run" }, head, result, tasks);
    made.dataset.run = run;
    dismiss.addEventListener("click", () => {
      made.remove();
      shelf.hidden = !shelf.children.length;
      document.getElementById("main").focus();
    });
    const show = (node, text) => {
      if (node.textContent !== text) node.textContent = text;
    };
    return {
      made,
      state(name) {
        state.className = `badge state-${name}`;
        show(state, say(name));
      },
      tasks(instances) {
        const done = instances.filter((one) => FINISHED.has(one.state)).length;
        bar.max = Math.max(instances.length, 1);
        bar.value = done;
        show(count, say("{done} of {total} tasks", { done, total: instances.length }));
        tasks.replaceChildren(...instances.filter((one) => one.state && one.state !== "success" && one.state !== "skipped" && one.state !== "removed")
          .map((one) => element("span", { className: `badge state-${one.state}`, textContent: one.task_id + (one.map_index >= 0 ? ` ${one.map_index}` : "") })));
      },
      result(text) {
        show(result, text);
      },
      end() {
        bar.remove();
        count.remove();
        dismiss.hidden = false;
      },
    };
  };

  const changeWords = (counts) =>
    Object.entries(counts ?? {}).filter(([op, n]) => n && op !== "adopt").map(([op, n]) => `${say(op)} ${n}`).join(", ");

  const added = (many) => {
    const sum = {};
    for (const counts of many) for (const [op, n] of Object.entries(counts ?? {})) sum[op] = (sum[op] ?? 0) + n;
    return sum;
  };

  const summary = async (dag, run, state, instances) => {
    if (state !== "success") {
      const failed = instances.find((one) => one.state === "failed" && one.task_id !== "verdict") ?? instances.find((one) => one.state === "failed");
      const problem = failed && (await xcom(dag, run, failed.task_id, failed.map_index, "problem"));
      return typeof problem === "string" ? `${say("It failed.")} ${problem}` : say("It failed.");
    }
    if (dag === PROJECT_DAG) {
      const done = await xcom(dag, run, "sync_to_database");
      if (!done) return say("Done.");
      const changes = changeWords(done.changes);
      const agree = say("{clips} clips and {collections} collections agree", { clips: done.clips_synced, collections: done.collections_synced });
      return `${changes ? say("changed: {changes}", { changes }) : say("nothing to change")}; ${agree}`;
    }
    const report = await xcom(dag, run, "report");
    const shards = await Promise.all(instances.filter((one) => one.task_id === "sync_shard" && one.state === "success")
      .map((one) => xcom(dag, run, "sync_shard", one.map_index)));
    const changes = changeWords(added(shards.map((one) => one?.changes)));
    const parts = [];
    if (report?.dry_run) parts.push(changes ? say("would change: {changes}", { changes }) : say("nothing to change"));
    else if (shards.length) parts.push(changes ? say("changed: {changes}", { changes }) : say("nothing to change"));
    if (report?.totals) parts.push(say("{problems} of {projects} projects have problems", { problems: report.totals.with_problems, projects: report.totals.projects }));
    return parts.join("; ") || say("Done.");
  };

  const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

  const follow = async (dag, run, label) => {
    if (followed.has(run)) return;
    followed.add(run);
    const shown = card(dag, run, label);
    shelf.hidden = false;
    shelf.prepend(shown.made);
    void warnIfPaused(dag, shown);
    let wait = LOOK_MS;
    for (;;) {
      try {
        const answer = await api(runPath(dag, run));
        if (answer.status === 401) {
          shown.result(say("Your session is over: sign in to Airflow again."));
          break;
        }
        if (answer.ok) {
          wait = LOOK_MS;
          const state = answer.data.state;
          const listed = await api(`${runPath(dag, run)}/taskInstances?limit=200`);
          const instances = listed.ok ? listed.data.task_instances : [];
          shown.tasks(instances);
          if (state === "success" || state === "failed") {
            shown.result(await summary(dag, run, state, instances));
            shown.state(state);
            break;
          }
          shown.state(state);
        }
      } catch {
        wait = Math.min(wait * 2, LONGEST_LOOK_MS); // the server is away; look again later
      }
      await pause(wait);
    }
    shown.end();
    await refresh();
  };

  const warnIfPaused = async (dag, shown) => {
    const answer = await api(`/dags/${dag}`).catch(() => null);
    if (answer?.ok && answer.data.is_paused) shown.result(say("The Dag is paused: the run waits until somebody switches it on."));
  };

  // What changed is shown in place: what was opened stays open, and the focus where it was.
  const refresh = async () => {
    const response = await fetch(window.location.href, { credentials: "same-origin", headers: { Accept: "text/html" } }).catch(() => null);
    if (!response?.ok) return;
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    const opened = new Map([...document.querySelectorAll("details[data-key]")].map((one) => [one.dataset.key, one.open]));
    const focused = document.activeElement?.dataset?.action;
    for (const part of document.querySelectorAll("[data-refresh]")) {
      const newer = fresh.getElementById(part.id);
      if (newer) part.replaceChildren(...newer.childNodes);
    }
    for (const one of document.querySelectorAll("details[data-key]")) {
      if (opened.has(one.dataset.key)) one.open = opened.get(one.dataset.key);
    }
    if (focused) document.querySelector(`button[data-action="${focused}"]`)?.focus();
    localise(document);
  };

  // ---- Buttons

  const disarm = (button) => {
    clearTimeout(button.armedUntil);
    button.classList.remove("armed");
    button.textContent = button.dataset.label;
  };

  const start = async (button) => {
    const { dag, run, conf, label } = button.dataset;
    button.setAttribute("aria-disabled", "true");
    button.textContent = say("Starting …");
    let trouble = "";
    try {
      const answer = await api(`/dags/${encodeURIComponent(dag)}/dagRuns`, {
        dag_run_id: run, logical_date: null, conf: JSON.parse(conf),
      });
      // 409: a first click, or one whose answer got lost, has started this very run.
      if (answer.ok || answer.status === 409) void follow(dag, run, label);
      else if (answer.status === 401) trouble = say("Your session is over: sign in to Airflow again.");
      else if (answer.status === 403) trouble = say("You may not start this.");
      else trouble = say("Airflow refused: {detail}", { detail: typeof answer.data?.detail === "string" ? answer.data.detail : answer.status });
    } catch {
      trouble = say("Airflow did not answer; press again: it will not start twice.");
    }
    button.textContent = label;
    if (trouble) {
      button.removeAttribute("aria-disabled");
      shelf.hidden = false;
      shelf.prepend(element("div", { className: "run" }, element("strong", { textContent: label }), " ", trouble));
    }
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-action]");
    if (!button || button.getAttribute("aria-disabled") === "true") return;
    if (button.dataset.confirm && !button.classList.contains("armed")) {
      button.classList.add("armed");
      button.textContent = button.dataset.confirm;
      button.title = say("Press again to confirm.");
      button.armedUntil = setTimeout(() => disarm(button), ARMED_MS);
      return;
    }
    disarm(button);
    void start(button);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.querySelectorAll("button.armed").forEach(disarm);
  });

  // ---- Runs that were under way before this page was opened

  const concerns = (run) => {
    if (!project) return true;
    const conf = run.conf ?? {};
    if (run.dag_id === PROJECT_DAG) return conf.project_id === project;
    return !conf.project_ids?.length || conf.project_ids.includes(project);
  };

  const resume = async () => {
    const names = Object.fromEntries([...document.querySelectorAll("button[data-action]")].map((one) => [one.dataset.action, one.dataset.label]));
    for (const dag of [PROJECT_DAG, BACKFILL_DAG]) {
      const answer = await api(`/dags/${dag}/dagRuns?state=running&state=queued&order_by=-run_after&limit=10`).catch(() => null);
      for (const run of answer?.ok ? answer.data.dag_runs : []) {
        if (concerns(run)) void follow(dag, run.dag_run_id, names[run.dag_run_id.split("__")[1]] ?? say("Under way"));
      }
    }
  };

  localise(document);
  void resume();
})();
