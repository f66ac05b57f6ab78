"""A page in a real browser: Debian's Chromium without a window, driven by its own driver."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver import ActionChains
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

PATIENCE = 10.0  # seconds
DESKTOP, PHONE = (1280, 900), (360, 740)


class Chromium:
    """One browser, for one page after another."""

    def __init__(self, program: str, driver: str) -> None:
        options = webdriver.ChromeOptions()
        options.binary_location = program
        # No sandbox: root may not have one. No /dev/shm: it is small in containers.
        for word in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"):
            options.add_argument(word)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(driver))
        self.driver.set_script_timeout(PATIENCE)

    def open(
        self,
        path: Path,
        size: tuple[int, int] = DESKTOP,
        *,
        dark: bool = False,
        script: bool = True,
    ) -> None:
        """Show a file; what the log has of earlier pages is forgotten."""
        width, height = size
        theme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self._command(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=size == PHONE,
        )  # fmt: skip
        self._command("Emulation.setEmulatedMedia", features=theme)
        self._command("Emulation.setScriptExecutionDisabled", value=not script)
        self.driver.get("about:blank")
        self.requests()
        self.messages()
        self.driver.get(path.as_uri())
        if script:
            self.settle()

    def settle(self) -> None:
        """Wait for the frame in which the page draws, and for the one after it."""
        self.driver.execute_async_script(
            "const done = arguments[0];"
            "requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)))"
        )

    def _command(self, name: str, **fields: object) -> dict[str, Any]:
        found: dict[str, Any] = self.driver.execute_cdp_cmd(name, fields)
        return found

    def messages(self) -> list[str]:
        """What was written to the console since the last look."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """The addresses that were asked for since the last look."""
        logged = [json.loads(e["message"])["message"] for e in self.driver.get_log("performance")]
        return [
            entry["params"]["request"]["url"]
            for entry in logged
            if entry["method"] == "Network.requestWillBeSent"
        ]

    def run(self, script: str, *arguments: object) -> Any:  # noqa: ANN401
        """What JavaScript returns."""
        return self.driver.execute_script(script, *arguments)

    def one(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def texts(self, selector: str) -> list[str]:
        return [str(text) for text in self.run(
            "return [...document.querySelectorAll(arguments[0])].map((e) => e.innerText.trim())",
            selector,
        )]  # fmt: skip

    def point(self, selector: str, x: float, y: float, *, click: bool = False) -> str:
        """Move the pointer to a place in an element; the text of the page's box for it."""
        element = self.one(selector)
        self.run("arguments[0].scrollIntoView({block: 'center'})", element)
        self.settle()
        size = element.size
        moved = ActionChains(self.driver, duration=0).move_to_element_with_offset(
            element, round(x - size["width"] / 2), round(y - size["height"] / 2)
        )
        (moved.click() if click else moved).perform()
        self.settle()
        return self.tip()

    def keys(self, *keys: str) -> None:
        ActionChains(self.driver, duration=0).send_keys(*keys).perform()
        self.settle()

    def tip(self) -> str:
        return str(
            self.run(
                "const t = document.getElementById('tip');"
                "return t.hidden ? '' : t.innerText.replaceAll('\\u00a0', ' ')"
            )
        )

    def picture(self, path: Path) -> None:
        """All of the page as a PNG, to look at."""
        data = self._command("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        path.write_bytes(base64.b64decode(data))

    def close(self) -> None:
        self.driver.quit()
