"""Contact sheets and pages of many pictures, labelled by the axes that they differ in."""

from dreamcore.sheets.contact import write_sheet as write_sheet
from dreamcore.sheets.entries import Entry as Entry
from dreamcore.sheets.pages import write_page as write_page
from dreamcore.sheets.thumbnails import keep_thumbnails as keep_thumbnails
