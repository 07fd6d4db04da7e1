// What every page gains with a script; none needs it.

// The menu of a phone closes with Escape, and gives the focus back.
for (const menu of document.querySelectorAll("details.menu")) {
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}

// Fields that take a commune propose names as one types.
for (const field of document.querySelectorAll("input[data-communes]")) {
  const list = document.createElement("datalist");
  list.id = field.id + "-communes";
  field.after(list);
  field.setAttribute("list", list.id);
  let last, timer;
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      if (field.value.trim().length < 2) return;
      last?.abort();
      last = new AbortController();
      try {
        const answer = await fetch("/api/v1/communes?" + new URLSearchParams({ q: field.value }), { signal: last.signal });
        if (!answer.ok) return;
        const found = await answer.json();
        list.replaceChildren(...found.results.map((c) => {
          const option = document.createElement("option");
          option.value = c.name;
          option.label = `${c.name} (${c.postcodes[0] ?? c.code})`;
          return option;
        }));
      } catch {
        // typing goes on without proposals
      }
    }, 120);
  });
}

// A form leaves out of its address the fields that say nothing.
for (const form of document.querySelectorAll("form[role=search], form.facets")) {
  form.addEventListener("formdata", (event) => {
    for (const [name, value] of [...event.formData]) {
      if (value === "") event.formData.delete(name);
    }
  });
}
