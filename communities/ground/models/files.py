"""
Files: what was uploaded and what was made. Kept with their hash; served only through the fence.

A file that may hold personal numbers is encrypted where it lies and removed after its day; its row, with name, hash
and who made it, stays.
"""

import hashlib
import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, storages
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .. import keys
from ..scope import PrefixedQuerySet

PURPOSE = "stored file"


class FileAlteredError(Exception):
    """The file's bytes are not those that were kept."""


class FileRemovedError(Exception):
    """The file's bytes were removed after their day; only its row is left."""


class StoredFile(models.Model):
    """A file as it was received or made: its bytes never change, its hash (of what was received or made) proves it."""

    name = models.CharField(_("name"), max_length=200)
    file = models.FileField(_("file"), upload_to="files/%Y/%m/")
    size = models.PositiveBigIntegerField(_("size (bytes)"))
    sha256 = models.CharField(_("SHA-256"), max_length=64, db_index=True)
    content_type = models.CharField(_("content type"), max_length=100)
    prefix = models.CharField(_("division code prefix"), max_length=12, db_collation="C")
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("created by")
    )
    is_encrypted = models.BooleanField(
        _("encrypted"), default=False, editable=False, help_text=_("It may hold personal numbers.")
    )
    remove_after = models.DateTimeField(
        _("removed after"), null=True, blank=True, help_text=_("When its bytes are removed; empty where they are kept.")
    )
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True, editable=False)

    objects = PrefixedQuerySet.as_manager()

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        indexes = [
            # Asked every hour; nearly all files are kept and not in it.
            models.Index(
                "remove_after", name="files_to_remove", condition=Q(remove_after__isnull=False, removed_at=None)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def keep(
        cls,
        content: bytes,
        *,
        name: str,
        content_type: str,
        prefix: str,
        by: Any = None,
        remove_after: datetime | None = None,
    ) -> "StoredFile":
        """
        Store `content` whole or not at all, and return its row.

        With `remove_after` it may hold personal numbers: it is encrypted where it lies, and removed after that moment.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        is_secret = remove_after is not None
        stored = keys.encrypt(PURPOSE, content, of=_row(by, prefix, sha256)).encode() if is_secret else content
        with _written(stored) as written:
            return cls._keep(
                written,
                name=name,
                size=len(content),
                sha256=sha256,
                content_type=content_type,
                prefix=prefix,
                created_by=by,
                is_encrypted=is_secret,
                remove_after=remove_after,
            )

    def opened(self) -> IO[bytes]:
        """
        Open what was kept, in clear, held against its hash.

        Raises FileRemovedError where its bytes were removed, FileAlteredError where they are others than were kept.
        """
        if self.removed_at is not None:
            raise FileRemovedError(self.name)
        opened: IO[bytes] = self.file.open("rb")
        if self.is_encrypted:
            with opened as stored:
                opened = io.BytesIO(self._decrypted(stored.read().decode()))
        if hashlib.file_digest(opened, "sha256").hexdigest() != self.sha256:  # type: ignore[arg-type]
            opened.close()
            raise FileAlteredError(self.name)
        opened.seek(0)
        return opened

    def _decrypted(self, stored: str) -> bytes:
        """Return the content; what was encrypted before contents were bound to their row is gone within days."""
        try:
            try:
                return keys.decrypt(PURPOSE, stored, of=_row(self.created_by, self.prefix, self.sha256))
            except keys.UnreadableError:
                return keys.decrypt(PURPOSE, stored)
        except keys.UnreadableError as error:
            raise FileAlteredError(self.name) from error

    def remove(self) -> None:
        """Remove its bytes for good; the row stays and says when."""
        self.file.storage.delete(str(self.file.name))
        StoredFile.objects.filter(pk=self.pk, removed_at=None).update(removed_at=Now())
        self.refresh_from_db(fields=["removed_at"])

    @classmethod
    def keep_file(cls, path: Path, *, name: str, content_type: str, prefix: str, by: Any = None) -> "StoredFile":
        """Store the finished file at `path`, which is moved and never held in memory, and return its row."""
        size = path.stat().st_size
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            return cls._keep(
                _Finished(file, str(path)),
                name=name,
                size=size,
                sha256=sha256,
                content_type=content_type,
                prefix=prefix,
                created_by=by,
            )

    @classmethod
    def _keep(cls, content: "File[bytes]", **columns: Any) -> "StoredFile":
        kept = cls(**columns)
        kept.file.save(kept.name, content, save=False)
        try:
            kept.save()
        except Exception:
            kept.file.delete(save=False)
            raise
        return kept


def _row(by: Any, prefix: str, sha256: str) -> str:
    """Return what an encrypted content is bound to: who made it, of which area, its hash."""
    return f"{by.pk if by else ''} {prefix} {sha256}"


class _Finished(File):  # type: ignore[type-arg]  # not subscriptable at run time
    """A file that stands on the disk already; Django's storage moves it to its name instead of copying it."""

    def temporary_file_path(self) -> str:
        """Return where it stands."""
        return str(self.name)


@contextmanager
def _written(content: bytes) -> Iterator["File[bytes]"]:
    """
    Yield `content` as a file to be stored.

    On a disk it is written beside its place first, so that a disk that fills up leaves nothing half-written behind.
    """
    storage = storages["default"]
    if not isinstance(storage, FileSystemStorage):
        yield ContentFile(content)
        return
    os.makedirs(storage.location, exist_ok=True)
    handle, path = tempfile.mkstemp(dir=storage.location, suffix=".part")
    try:
        with os.fdopen(handle, "w+b") as file:
            file.write(content)
            file.flush()
            os.fsync(handle)
            yield _Finished(file, path)
    finally:
        with suppress(OSError):
            os.unlink(path)  # gone already where it was stored
